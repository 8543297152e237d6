//! The token strategy: a signed access token (JWT, RFC 7519 and RFC 9068) that each
//! request carries, and an opaque refresh token that rotates at every use.
//!
//! - [`JwtStrategy`] implements [`auth_core::Strategy`] over the session registry that
//!   all strategies share, so devices are listed and revoked as anywhere else.
//! - [`KeyRing`] keeps the signing keys in a directory. Keys rotate while older tokens
//!   still verify, and running servers follow a rotation made by another process.
//! - [`RevocationMode`] is the dial between speed and how soon a revoked token dies.

mod algorithm;
mod claims;
mod json;
mod keys;
mod revocation;
mod strategy;
mod verifier;

pub use algorithm::Algorithm;
pub use keys::{KeyError, KeyInfo, KeyRing, KeyState};
pub use revocation::RevocationMode;
pub use strategy::{ConfigError, JwtConfig, JwtStrategy};
