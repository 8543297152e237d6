//! Providers: what proves who a person is elsewhere.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::email::Email;
use crate::error::BoxError;
use crate::identity::Subject;
use crate::live::Live;
use crate::secret::SecretText;

/// Names a provider in URLs and settings: 1 to 32 lower-case letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProviderId(String);

impl ProviderId {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name that was parsed before it was stored.
    pub fn from_stored(name: String) -> Self {
        Self(name)
    }
}

/// The text is no name of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name of a provider has 1 to 32 lower-case letters, digits and hyphens")]
pub struct NotAProviderId;

impl FromStr for ProviderId {
    type Err = NotAProviderId;

    fn from_str(text: &str) -> Result<Self, NotAProviderId> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let fits = (1..=32).contains(&text.len()) && text.bytes().all(allowed);
        fits.then(|| Self(text.to_owned())).ok_or(NotAProviderId)
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one flow asks a provider to answer to. Every flow has its own.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// Comes back with the answer and names the flow (RFC 6749, 10.12).
    pub state: SecretText,
    /// Comes back in the ID token (OpenID Connect Core 1.0, 3.1.2.1).
    pub nonce: SecretText,
    /// Proves that whoever redeems the code began the flow (RFC 7636).
    pub pkce_verifier: SecretText,
    /// Since when the person must have shown who they are, if a session that the provider
    /// remembers from earlier will not do.
    pub authenticated_since: Option<Timestamp>,
}

/// What a provider sent back through the browser.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The authorization code.
    pub code: SecretText,
    /// Who answers, if it says so (RFC 9207).
    pub issuer: Option<String>,
    /// What a form says about the person beside the code, as Apple's does. Nothing
    /// protects it.
    pub user: Option<SecretText>,
}

/// Who somebody has proven to be.
#[derive(Clone, Debug)]
pub struct ProvenIdentity {
    /// Who the person is at the provider.
    pub subject: Subject,
    /// The person's address, if the provider gave one that can be one.
    pub email: Option<Email>,
    /// Whether the provider vouches for the address.
    pub email_verified: bool,
    /// Why it does not, for the operator.
    pub doubt: Option<String>,
    /// Given name, as the provider has it.
    pub given_name: Option<String>,
    /// Family name, as the provider has it.
    pub family_name: Option<String>,
    /// The whole name, as the provider has it.
    pub full_name: Option<String>,
    /// How the person likes to be called there.
    pub preferred_username: Option<String>,
    /// When the person showed the provider who they are, if it says so.
    pub auth_time: Option<Timestamp>,
    /// Whether they showed a second factor there, by the word of a provider that is trusted for it.
    pub second_factor: bool,
}

/// Why a provider proved nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// It can't be reached or does not work right now; a later try may succeed.
    #[error("the provider is unavailable")]
    Unavailable(#[source] BoxError),
    /// It answered, but with nothing that proves an identity.
    #[error("the provider's answer proves nothing")]
    Rejected(#[source] BoxError),
}

/// Proves who somebody is elsewhere.
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// Its name in URLs and settings.
    fn id(&self) -> &ProviderId;

    /// Its name for people.
    fn name(&self) -> &str;

    /// The issuer of the identities it proves.
    fn issuer(&self) -> &str;

    /// Whether it proves identities of this issuer. One that serves several tenants has
    /// an issuer for each.
    fn vouches_as(&self, issuer: &str) -> bool {
        issuer == self.issuer()
    }

    /// Whether it can be used as it is set up, as far as that shows without a person.
    ///
    /// # Errors
    /// What the operator should know.
    async fn check(&self) -> Result<(), ProviderError> {
        Ok(())
    }

    /// Where to send the browser.
    async fn authorization_url(&self, challenge: &Challenge) -> Result<String, ProviderError>;

    /// Who the answer to a challenge proves somebody to be.
    async fn identify(
        &self,
        answer: &Answer,
        challenge: &Challenge,
    ) -> Result<ProvenIdentity, ProviderError>;
}

/// The providers of a server. Clones share them.
#[derive(Clone, Default)]
pub struct Providers(Live<Vec<Arc<dyn IdentityProvider>>>);

impl Providers {
    /// These, in the order in which people see them.
    pub fn new(providers: Vec<Arc<dyn IdentityProvider>>) -> Self {
        Self(Live::new(providers))
    }

    /// These, and others after them.
    #[must_use]
    pub fn and(&self, others: Vec<Arc<dyn IdentityProvider>>) -> Self {
        self.iter().chain(others).collect()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.get().is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Arc<dyn IdentityProvider>> + use<> {
        self.0.get().to_vec().into_iter()
    }

    /// The one of this name.
    pub fn get(&self, id: &str) -> Option<Arc<dyn IdentityProvider>> {
        self.iter().find(|provider| provider.id().as_str() == id)
    }

    /// From now on these are the providers, for all clones.
    pub fn replace(&self, others: &Self) {
        self.0.set(others.iter().collect());
    }
}

impl FromIterator<Arc<dyn IdentityProvider>> for Providers {
    fn from_iter<I: IntoIterator<Item = Arc<dyn IdentityProvider>>>(providers: I) -> Self {
        Self::new(providers.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_providers_fit_into_a_url() {
        for name in ["google", "my-company-2", "a"] {
            assert!(name.parse::<ProviderId>().is_ok(), "{name}");
        }
        let long = "a".repeat(33);
        for name in ["", "Google", "a/b", "a b", "..", "ä", long.as_str()] {
            assert!(name.parse::<ProviderId>().is_err(), "{name}");
        }
    }
}
