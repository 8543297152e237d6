//! Identities at providers: who a person is elsewhere, and the flows that prove it.
//!
//! A provider is a **proof** of identity, like a password: it ends in "this is the
//! subject S of issuer I, proven at T". What follows from that is up to
//! [`Accounts`](crate::Accounts) and the [`Strategy`](crate::Strategy).

mod flow;
mod provider;

pub use flow::{Flow, FlowKey, FlowStore, Intent, OneTimeCode};
pub use provider::{
    Answer, Challenge, IdentityProvider, ProvenIdentity, ProviderError, ProviderId, Providers,
};

use crate::clock::Timestamp;
use crate::id::IdentityId;

/// Who a person is at a provider, for ever: the issuer and its name for the person
/// (OpenID Connect Core 1.0, 5.7). Never the e-mail address, which may change hands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// Who vouches.
    pub issuer: String,
    /// The issuer's name for the person.
    pub name: String,
}

/// An identity that an account can be signed in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Names the link; no secret.
    pub id: IdentityId,
    /// The provider it came by.
    pub provider: ProviderId,
    /// Who the person is there.
    pub subject: Subject,
    /// The address that the provider told when it was linked, for people to recognise it by.
    pub email: Option<String>,
    /// When it was linked.
    pub linked_at: Timestamp,
}
