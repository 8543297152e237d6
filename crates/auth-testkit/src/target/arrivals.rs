//! How people come through providers.

use anyhow::{Context as _, Result};

use super::Target;
use crate::account::Person;
use crate::client::Client;
use crate::provider::{Decision, Provider, Providers};
use crate::target::Account;

impl Target {
    /// The providers.
    ///
    /// # Errors
    /// When there are none; a case that asks for them says so in its needs.
    pub fn providers(&self) -> Result<&Providers> {
        self.providers
            .as_deref()
            .context("there are no providers to come through")
    }

    /// The provider that people come through.
    ///
    /// # Errors
    /// See [`providers`](Self::providers).
    pub fn provider(&self) -> Result<&Provider> {
        Ok(&self.providers()?.one)
    }

    /// A new person who has come through the provider and has no password.
    ///
    /// # Errors
    /// When any step fails.
    pub async fn newcomer(&self, name: &str) -> Result<Account> {
        self.come_as(Person::new(name)).await
    }

    /// A person who comes through the provider, on a new device.
    ///
    /// # Errors
    /// When any step fails.
    pub async fn come_as(&self, person: Person) -> Result<Account> {
        let client = self.client().await?;
        let provider = self.provider()?;
        client.arrive(provider, &Decision::of(&person)).await?;
        Self::account_on(client, person).await
    }

    /// Gives an account the person's password, by the mail that everybody can ask for who
    /// forgot theirs. The first time, this takes the identities that were linked before. When the owner has been told, no mail of this is under way any more.
    ///
    /// # Errors
    /// When any step fails.
    pub async fn set_password(&self, person: &Person) -> Result<()> {
        let mut inbox = self.inbox(&person.email).await?;
        let client = self.client().await?;
        client.forgot(&person.email).await?.is(202)?;
        let token = inbox.token().await?;
        client.reset(&token, &person.password).await?.ok()?;
        inbox.notice().await?;
        Ok(())
    }

    /// Links the person's identity at the provider to the account that has their password.
    ///
    /// # Errors
    /// When any step fails.
    pub async fn link_again(&self, person: &Person) -> Result<()> {
        let mut inbox = self.inbox(&person.email).await?;
        let Account { client, .. } = self.signed_in_by_password(person.clone()).await?;
        let decision = Decision::of(person);
        client.link(self.provider()?, &decision).await?.is(303)?;
        inbox.notice().await?;
        client.logout().await?.ok()?;
        Ok(())
    }

    /// What a signed-in device says about its account.
    pub(super) async fn account_on(client: Client, person: Person) -> Result<Account> {
        let profile = client.copy().profile().await?.ok()?;
        let listed = client.copy().sessions().await?.ok()?;
        let sessions = listed.json()["sessions"].as_array();
        let mut current = sessions
            .into_iter()
            .flatten()
            .filter(|one| one["current"] == true);
        let session = current.next().and_then(|one| one["id"].as_str());
        Ok(Account {
            id: profile.string("/id")?,
            session: session.context("no session is the current one")?.to_owned(),
            client,
            person,
        })
    }
}
