//! Signing in and out, and the devices that are signed in.

use uuid::Uuid;

use super::Client;
use super::account::done;
use crate::dto::{Grant, Login, RevokedAnswer, SecurityEvents, Session, SessionsAnswer, SignIn};
use crate::error::Error;

impl SignIn {
    /// The grant, for programs that know no further step.
    ///
    /// # Errors
    /// [`Error::Pending`] when one is needed.
    pub fn done(self) -> Result<Grant, Error> {
        match self {
            Self::Done(grant) => Ok(*grant),
            Self::Pending(pending) => Err(Error::Pending(pending)),
        }
    }
}

impl Client {
    /// Signs in with a password.
    ///
    /// # Errors
    /// [`Error::Problem`] when the server refuses; so for every call.
    pub async fn login(&self, login: &Login) -> Result<SignIn, Error> {
        self.post(&["login"]).json(login).once().await?.json()
    }

    /// Signs this device out. Its credentials are dead at once, on every node.
    ///
    /// # Errors
    /// See [`login`](Self::login); [`Code::Unauthenticated`](crate::Code::Unauthenticated) when
    /// the session had ended before.
    pub async fn logout(&self) -> Result<(), Error> {
        let (answer, seen) = self.with_refresh_token("logout").await;
        done(answer)?;
        self.forget(seen);
        Ok(())
    }

    /// The devices on which the user is signed in, the latest used first.
    ///
    /// # Errors
    /// See [`login`](Self::login).
    pub async fn sessions(&self) -> Result<Vec<Session>, Error> {
        let answer: SessionsAnswer = self.get(&["sessions"]).signed().await?.json()?;
        Ok(answer.sessions)
    }

    /// What happened to the account, the latest first: the first page, or the one that `before`
    /// says, which is [`SecurityEvents::next`] of the page before it.
    ///
    /// # Errors
    /// See [`login`](Self::login).
    pub async fn security_events(&self, before: Option<Uuid>) -> Result<SecurityEvents, Error> {
        let before = before.map(|id| id.to_string());
        let query: Vec<_> = before.iter().map(|id| ("before", id.as_str())).collect();
        let call = self.get(&["security-events"]).query(&query);
        call.signed().await?.json()
    }

    /// Signs one device out.
    ///
    /// # Errors
    /// See [`login`](Self::login).
    pub async fn revoke_session(&self, session: Uuid) -> Result<(), Error> {
        let call = self.delete(&["sessions", &session.to_string()]);
        done(call.signed().await)
    }

    /// Signs all other devices out, and says how many that were.
    ///
    /// # Errors
    /// See [`login`](Self::login).
    pub async fn revoke_other_sessions(&self) -> Result<u64, Error> {
        let answer: RevokedAnswer = self.delete(&["sessions"]).signed().await?.json()?;
        Ok(answer.revoked)
    }
}
