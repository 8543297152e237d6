//! The token format: a signed access token (JWT, RFC 7519 and RFC 9068) that each
//! request carries, and an opaque refresh token that rotates at every use.
//!
//! - [`JwtFormat`] implements [`auth_core::Format`]: it mints and reads. Sessions, and with
//!   them listing and revoking, are [`auth_core::Strategy`]'s, as with any other format.
//! - [`KeyRing`] keeps the signing keys in a directory. Keys rotate while older tokens
//!   still verify, and running servers follow a rotation made by another process.

mod algorithm;
mod claims;
mod format;
mod json;
mod keys;
mod verifier;

pub use algorithm::Algorithm;
pub use format::{ConfigError, JwtConfig, JwtFormat};
pub use keys::{KeyError, KeyInfo, KeyRing, KeyState};
