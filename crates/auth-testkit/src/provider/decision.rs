//! What a person does at a provider's page.

use std::collections::BTreeMap;

use auth_dev_provider::Misbehaviour;

use crate::account::Person;

/// Who arrives at a provider, and what the provider makes of it.
#[derive(Clone, Debug, Default)]
pub struct Decision(BTreeMap<&'static str, String>);

impl Decision {
    /// To arrive as this person, whose address the provider vouches for.
    pub fn of(person: &Person) -> Self {
        Self::default()
            .with("subject", &person.subject)
            .with("email", &person.email)
            .with("email_verified", "true")
            .with("given_name", &person.first_name)
            .with("family_name", &person.last_name)
            .with("preferred_username", &person.username)
    }

    /// To refuse.
    pub fn declining() -> Self {
        Self::default().with("decline", "yes")
    }

    /// The same, and the provider does something wrong.
    #[must_use]
    pub fn misbehaving(self, so: Misbehaviour) -> Self {
        self.with("misbehave", so.as_str())
    }

    /// The same with another claim.
    #[must_use]
    pub fn with(mut self, claim: &'static str, value: &str) -> Self {
        self.0.insert(claim, value.to_owned());
        self
    }

    /// The same without a claim.
    #[must_use]
    pub fn without(mut self, claim: &str) -> Self {
        self.0.remove(claim);
        self
    }

    /// The fields of the page's form.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.0.iter();
        fields.map(|(name, value)| (*name, value.as_str()))
    }
}
