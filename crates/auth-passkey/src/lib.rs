//! Passkeys: the server's side of [WebAuthn Level 3](https://www.w3.org/TR/webauthn-3/), the
//! relying party. It reads and writes values and nothing else: it keeps no state, asks no
//! clock, and draws no random numbers.
//!
//! 1. [`RelyingParty::creation_options`] asks a browser for a new credential, and
//!    [`RelyingParty::register`] makes a [`StoredCredential`] of its answer.
//! 2. [`RelyingParty::request_options`] asks for a signature of one, [`credential_id`] and
//!    [`user_handle`] tell whose the answer claims to be, and [`RelyingParty::authenticate`]
//!    checks it.
//!
//! # What the caller does
//! - It draws a challenge of at least [`MIN_CHALLENGE`] random bytes for each ceremony, keeps it,
//!   and takes it away at the first answer, right or wrong.
//! - It refuses to register a credential id that is registered already (7.1).
//! - It stores what [`StoredCredential::record`] changed, before another ceremony reads it.
//!
//! # Attestation
//! None is asked for. Browsers then mostly send none, but some password managers and security
//! keys attest anyway. Such a statement is not checked, and nothing is concluded from it: the
//! credential counts as one with self attestation (a note in 7.1 allows it). The authenticator's
//! model ([`StoredCredential::aaguid`]) is thus a claim, not a fact.

mod algorithm;
mod answer;
mod authentication;
mod authenticator_data;
mod cbor;
mod client_data;
mod credential;
mod key;
mod options;
mod refused;
mod registration;
mod relying_party;
#[cfg(feature = "software-authenticator")]
pub mod software;
mod wire;

pub use algorithm::Algorithm;
pub use authentication::{Expected, credential_id, user_handle};
pub use credential::{Asserted, CredentialId, StoredCredential};
pub use options::{Descriptor, NewUser};
pub use refused::Refused;
pub use relying_party::{MIN_CHALLENGE, RelyingParty, UserVerification};
