//! What a provider tells about a person.

use std::ops::Deref;

use auth_core::identity::Subject;
use auth_core::{Email, ProvenIdentity, Timestamp};
use openidconnect::LocalizedClaim;
use openidconnect::core::CoreIdTokenClaims;

/// Claims about a person, as in OpenID Connect Core 1.0, 5.1.
pub(crate) struct Profile {
    pub(crate) email: Option<String>,
    pub(crate) email_verified: bool,
    pub(crate) full_name: Option<String>,
    pub(crate) given_name: Option<String>,
    pub(crate) family_name: Option<String>,
    pub(crate) preferred_username: Option<String>,
}

impl Profile {
    /// What an ID token tells.
    pub(crate) fn of(claims: &CoreIdTokenClaims) -> Self {
        Self {
            email: claims.email().map(|email| email.to_string()),
            email_verified: claims.email_verified() == Some(true),
            full_name: text(claims.name()),
            given_name: text(claims.given_name()),
            family_name: text(claims.family_name()),
            preferred_username: claims.preferred_username().map(|name| name.to_string()),
        }
    }

    /// Whether an address and a name are known.
    pub(crate) fn is_complete(&self) -> bool {
        self.email.is_some() && (self.full_name.is_some() || self.given_name.is_some())
    }

    /// With what another source tells in addition. An address and whether it is verified
    /// come from one source.
    pub(crate) fn completed_by(self, other: Self) -> Self {
        let (email, email_verified) = match self.email {
            Some(email) => (Some(email), self.email_verified),
            None => (other.email, other.email_verified),
        };
        Self {
            email,
            email_verified,
            full_name: self.full_name.or(other.full_name),
            given_name: self.given_name.or(other.given_name),
            family_name: self.family_name.or(other.family_name),
            preferred_username: self.preferred_username.or(other.preferred_username),
        }
    }

    /// The person whom these claims are about.
    pub(crate) fn proves(self, subject: Subject, auth_time: Option<Timestamp>) -> ProvenIdentity {
        let email = self
            .email
            .and_then(|email| Email::parse("email", &email).ok());
        ProvenIdentity {
            subject,
            email_verified: email.is_some() && self.email_verified,
            email,
            given_name: self.given_name,
            family_name: self.family_name,
            full_name: self.full_name,
            preferred_username: self.preferred_username,
            auth_time,
        }
    }
}

/// The value in no particular language.
fn text<T: Deref<Target = String>>(claim: Option<&LocalizedClaim<T>>) -> Option<String> {
    Some(claim?.get(None)?.to_string())
}
