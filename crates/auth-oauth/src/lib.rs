//! Proofs of identity by providers: OpenID Connect (Core 1.0, Discovery 1.0) and the
//! OAuth 2.0 dialect of GitHub, as implementations of
//! [`IdentityProvider`](auth_core::IdentityProvider).
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use auth_core::SystemClock;
//! use auth_core::strategy::SecretText;
//! use auth_oauth::{OidcConfig, OidcProvider, Outbound, OutboundConfig};
//!
//! let outbound = Outbound::new(OutboundConfig::default())?;
//! let callback = "https://app.example/api/auth/oauth/google/callback";
//! let google = OidcConfig::google("client-id", SecretText::new("secret"), callback);
//! let provider = OidcProvider::new(google, outbound, Arc::new(SystemClock))?;
//! # Ok(())
//! # }
//! ```
//!
//! Nothing is asked of a provider before somebody wants to sign in with it. What is shared
//! between requests is what a provider publishes about itself; nothing is kept about a person.
//!
//! The causes of errors are sentences of this crate's own: no code, token, secret, state or
//! answer of a provider is ever in them.

mod config;
mod fault;
mod github;
mod oidc;
mod outbound;
mod profile;

pub use config::ConfigError;
pub use github::{GithubConfig, GithubProvider};
pub use oidc::{OidcConfig, OidcProvider};
pub use outbound::{Outbound, OutboundConfig, OutboundError, SetupError};
