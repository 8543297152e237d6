//! Proofs of identity by providers: OpenID Connect (Core 1.0, Discovery 1.0) and the
//! OAuth 2.0 dialects of GitHub and Discord, as implementations of
//! [`IdentityProvider`](auth_core::IdentityProvider).
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use auth_core::SystemClock;
//! use auth_core::SecretText;
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
//! Nothing is asked of a provider before somebody wants to sign in with it or
//! [`check`](auth_core::IdentityProvider::check)s it. What is shared between requests is what
//! a provider publishes about itself; nothing is kept about a person.
//!
//! The causes of errors are sentences of this crate's own, which name the claim, what was
//! expected and what was found. No code, token, secret, state, address or name is ever in
//! them; of a provider's answer they repeat what is public, such as its issuer.

mod client;
mod code;
mod config;
mod discord;
mod fault;
mod github;
mod json;
mod oidc;
mod outbound;
mod profile;

pub use client::{ClientAuth, ClientSecret, NotASigningKey, SigningClient};
pub use config::ConfigError;
pub use discord::{DiscordConfig, DiscordProvider};
pub use github::{GithubConfig, GithubProvider};
pub use oidc::{OidcConfig, OidcProvider, ResponseMode, Userinfo};
pub use outbound::{Outbound, OutboundConfig, OutboundError, SetupError};
pub use profile::{ClaimNames, TrustEmail};
