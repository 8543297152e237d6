//! How people come to have accounts, and how one sees that they are signed out.

use anyhow::{Result, ensure};
use tokio::time::{Instant, sleep};

use super::{Account, Target};
use crate::account::Person;
use crate::client::{Client, Format};

/// How far a server may let an access token outlive its time, for clocks that differ.
const LEEWAY: std::time::Duration = std::time::Duration::from_secs(6);

impl Target {
    /// Registers a person from a device of their own, without confirming the address.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn registered(&self, person: &Person) -> Result<()> {
        let required = self.strategy().await?.verification_required();
        let status = if required { 202 } else { 201 };
        self.client().await?.register(person).await?.is(status)?;
        Ok(())
    }

    /// Registers a person and waits for the token that confirms the address.
    ///
    /// # Errors
    /// When the server refuses or no mail comes.
    pub async fn registered_with_token(&self, person: &Person) -> Result<String> {
        let mut inbox = self.inbox(&person.email).await?;
        self.registered(person).await?;
        inbox.token().await
    }

    /// Gives a person an account with a confirmed address and a password. Where people
    /// come through a provider, the account comes from there, and the password follows;
    /// the identity, which goes with the first password, is linked again.
    ///
    /// # Errors
    /// When any step fails.
    pub async fn confirmed(&self, person: &Person) -> Result<()> {
        if self.federated {
            self.come_as(person.clone()).await?;
            self.set_password(person).await?;
            return self.link_again(person).await;
        }
        self.confirmed_by_mail(person).await
    }

    /// Gives a person an account by the form, and confirms the address. The device that
    /// does so is signed in by that, and out again.
    ///
    /// # Errors
    /// When any step fails.
    pub async fn confirmed_by_mail(&self, person: &Person) -> Result<()> {
        let token = self.registered_with_token(person).await?;
        let client = self.client().await?;
        client.confirm(&token, &person.password).await?.ok()?;
        client.logout().await?.ok()?;
        Ok(())
    }

    /// A new person whose account is confirmed and who is signed in on one device.
    ///
    /// # Errors
    /// When any step fails.
    pub async fn signed_up(&self, name: &str) -> Result<Account> {
        let person = Person::new(name);
        self.confirmed(&person).await?;
        self.signed_in(person).await
    }

    /// A person with an account, signed in on a new device that has used its credential:
    /// whatever a server remembers of it is to be forgotten again when it dies. Where
    /// people come through a provider, they sign in there.
    ///
    /// # Errors
    /// When the sign-in fails.
    pub async fn signed_in(&self, person: Person) -> Result<Account> {
        match self.federated {
            true => self.come_as(person).await,
            false => self.signed_in_by_password(person).await,
        }
    }

    /// The same with the username and the password, on any server.
    ///
    /// # Errors
    /// When the sign-in fails.
    pub async fn signed_in_by_password(&self, person: Person) -> Result<Account> {
        let client = self.client().await?;
        let grant = client
            .login(&person.username, &person.password)
            .await?
            .ok()?;
        self.still_in(&client).await?;
        Ok(Account {
            id: grant.string("/user/id")?,
            session: grant.string("/session/id")?,
            client,
            person,
        })
    }

    /// Expects that what this device holds is good for nothing: at once, or within the
    /// lifetime of an access token where the server promises no more.
    ///
    /// # Errors
    /// When it is good for something.
    pub async fn signed_out(&self, client: &Client) -> Result<()> {
        let strategy = self.strategy().await?;
        if strategy.format == Format::Opaque || strategy.guarantees.revokes_at_once() {
            client.copy().profile().await?.unauthenticated()?;
        }
        client.copy().refresh().await?.unauthenticated()?;
        let is_short = self.lifetimes.are_short();
        if is_short && !strategy.guarantees.revokes_at_once() {
            self.dies(client).await?;
        }
        Ok(())
    }

    /// Waits until an access token is refused, at most as long as it may live.
    ///
    /// # Errors
    /// When it lives longer.
    pub async fn dies(&self, client: &Client) -> Result<()> {
        let deadline = Instant::now() + self.lifetimes.access + LEEWAY;
        while client.copy().profile().await?.status != 401 {
            ensure!(
                Instant::now() < deadline,
                "an access token outlives its time"
            );
            sleep(LEEWAY / 60).await;
        }
        Ok(())
    }

    /// Waits until this device's sign-in no longer counts as fresh. Its session goes on
    /// meanwhile, however slow the machine; a renewed access token is no fresh sign-in.
    ///
    /// # Errors
    /// When the session ends.
    pub async fn turns_stale(&self, client: &Client) -> Result<()> {
        client.refresh().await?.ok()?;
        sleep(self.lifetimes.reauth).await;
        client.refresh().await?.ok()?;
        Ok(())
    }

    /// Expects that this device is signed in.
    ///
    /// # Errors
    /// When it is not.
    pub async fn still_in(&self, client: &Client) -> Result<()> {
        client.copy().profile().await?.ok()?;
        Ok(())
    }
}
