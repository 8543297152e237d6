//! Signing in through identity providers, and the accounts there.
//!
//! A flow ends in the browser that began it, by a cookie. The client is that browser here: a
//! program shows the person the address that [`Client::start_sign_in`] gives, and hands the one
//! that the provider sends them back to over to [`Client::finish`].

use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::Client;
use super::account::{done, proof};
use crate::dto::{IdentitiesAnswer, Identity, LinkAnswer, ProviderStart, SignIn};
use crate::error::Error;
use crate::secret::Secret;

impl Client {
    /// Where to go to sign in through a provider of [`Strategy::providers`].
    ///
    /// [`Strategy::providers`]: crate::Strategy::providers
    ///
    /// # Errors
    /// [`Error::Problem`] when the server refuses; so for every call.
    pub async fn start_sign_in(&self, provider: &str, start: &ProviderStart) -> Result<Url, Error> {
        let return_to = start.return_to.as_deref().map(|to| ("return_to", to));
        let prompt = start.fresh.then_some(("prompt", "login"));
        let query: Vec<_> = return_to.into_iter().chain(prompt).collect();
        let call = self.get(&["oauth", provider, "start"]).query(&query);
        call.once().await?.location(&self.shared.base)
    }

    /// Ends a flow with the address to which the provider sends the person back: gives where
    /// they wanted to go. On bearer strategies there may be a `code` in its fragment for
    /// [`exchange`](Self::exchange); on cookie strategies they are signed in.
    ///
    /// # Errors
    /// See [`start_sign_in`](Self::start_sign_in).
    pub async fn finish(&self, provider: &str, callback: &Url) -> Result<Url, Error> {
        let pairs: Vec<_> = callback.query_pairs().collect();
        let query: Vec<_> = pairs
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let call = self.get(&["oauth", provider, "callback"]).query(&query);
        call.signed().await?.location(&self.shared.base)
    }

    /// Exchanges the code from the fragment for a grant, once, within a minute.
    ///
    /// # Errors
    /// See [`start_sign_in`](Self::start_sign_in).
    pub async fn exchange(&self, code: &Secret) -> Result<SignIn, Error> {
        let call = self.post(&["oauth", "exchange"]);
        call.json(&json!({ "code": code })).once().await?.json()
    }

    /// Where to go to link an account at a provider to the signed-in one. The password may be
    /// left out after a fresh sign-in.
    ///
    /// # Errors
    /// See [`start_sign_in`](Self::start_sign_in).
    pub async fn start_link(
        &self,
        provider: &str,
        return_to: Option<&str>,
        current_password: Option<&Secret>,
    ) -> Result<Url, Error> {
        let mut body = proof(current_password);
        if let Some(to) = return_to {
            body["return_to"] = to.into();
        }
        let call = self.post(&["oauth", provider, "link"]).json(&body);
        let LinkAnswer { url } = call.signed().await?.json()?;
        Ok(url)
    }

    /// The linked accounts, the first linked first.
    ///
    /// # Errors
    /// See [`start_sign_in`](Self::start_sign_in).
    pub async fn identities(&self) -> Result<Vec<Identity>, Error> {
        let answer: IdentitiesAnswer = self.get(&["identities"]).signed().await?.json()?;
        Ok(answer.identities)
    }

    /// Unlinks an account. The password may be left out after a fresh sign-in.
    ///
    /// # Errors
    /// See [`start_sign_in`](Self::start_sign_in).
    pub async fn unlink(
        &self,
        identity: Uuid,
        current_password: Option<&Secret>,
    ) -> Result<(), Error> {
        let call = self.delete(&["identities", &identity.to_string()]);
        done(call.json(&proof(current_password)).signed().await)
    }
}
