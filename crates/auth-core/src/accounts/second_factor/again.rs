//! Showing a second factor again, for what is sensitive (OWASP ASVS 5.0, 7.5.1).

use std::time::Duration;

use serde_json::Value;

use super::{Accounts, Held, Shown, SignedIn};
use crate::assurance::Method;
use crate::error::AuthError;
use crate::events::{Event, EventKind};
use crate::factor::WaitingFor;
use crate::secret::{Secret, SecretHash};
use crate::session::{Device, Session};

impl Accounts {
    /// Whether the sign-in is fresh enough to stand for the password: made lately, and not before
    /// the account's second factors changed last.
    ///
    /// # Errors
    /// [`AuthError::ReauthRequired`] when it is not, or a failing store.
    pub async fn require_fresh(&self, who: &SignedIn) -> Result<(), AuthError> {
        let is_fresh = self.now().since(who.auth_time) < self.config.reauth_within;
        match is_fresh && !self.is_of_before(who).await? {
            true => Ok(()),
            false => Err(AuthError::ReauthRequired),
        }
    }

    /// Whether a sign-in is older than the last change of its account's factors, and has not made
    /// it. Where there is a factor, [`require_factor`](Self::require_factor) asks for it instead.
    async fn is_of_before(&self, who: &SignedIn) -> Result<bool, AuthError> {
        let Some(factors) = self.factors.as_deref() else {
            return Ok(false);
        };
        let held = self.held_in(factors, who.user.id).await?;
        let Some(changed_at) = held.changed_at.filter(|_| held.factors.is_empty()) else {
            return Ok(false);
        };
        let session = self.current(who).await?.ok_or(AuthError::Unauthenticated)?;
        let shown_at = session.assurance.second_at();
        let latest = shown_at.map_or(session.auth_time, |at| at.max(session.auth_time));
        Ok(latest < changed_at)
    }

    /// Whether an account's second factor, if it has one, was shown as lately as a fresh sign-in
    /// has to be, and not before its factors changed last.
    ///
    /// # Errors
    /// [`AuthError::FactorRequired`] when it was not, or a failing store.
    pub async fn require_factor(&self, who: &SignedIn) -> Result<(), AuthError> {
        let Some(factors) = self.factors.as_deref() else {
            return Ok(());
        };
        let held = self.held_in(factors, who.user.id).await?;
        if held.factors.is_empty() {
            return Ok(());
        }
        let session = self.current(who).await?.ok_or(AuthError::Unauthenticated)?;
        match self.has_shown_lately(&session, &held) {
            true => Ok(()),
            false => Err(AuthError::FactorRequired),
        }
    }

    /// Whether a session has a second factor, for who acts on accounts of others; `lately`, one
    /// that was shown as lately as a fresh sign-in has to be.
    ///
    /// # Errors
    /// [`AuthError::FactorRequired`] when it has none, or a failing store.
    pub(in crate::accounts) async fn require_strong(
        &self,
        who: &SignedIn,
        lately: bool,
    ) -> Result<(), AuthError> {
        let session = self.current(who).await?.ok_or(AuthError::Unauthenticated)?;
        let is_strong = match self.factors.as_deref() {
            Some(factors) => {
                let held = self.held_in(factors, who.user.id).await?;
                // What was shown and is gone protects nothing any more.
                let by_provider = session.assurance.has(Method::ProviderFactor);
                (by_provider || !held.factors.is_empty())
                    && match lately {
                        true => self.has_shown_lately(&session, &held),
                        false => session.assurance.second_at().is_some(),
                    }
            }
            None => !lately && session.assurance.second_at().is_some(),
        };
        match is_strong {
            true => Ok(()),
            false => Err(AuthError::FactorRequired),
        }
    }

    fn has_shown_lately(&self, session: &Session, held: &Held) -> bool {
        session.assurance.second_at().is_some_and(|at| {
            let is_fresh = self.now().since(at) < self.config.reauth_within;
            is_fresh && held.changed_at.is_none_or(|changed| at >= changed)
        })
    }

    /// What a browser needs to show a passkey again, and the handle under which that waits.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] when the account has no passkey.
    pub async fn again_options(
        &self,
        who: &SignedIn,
    ) -> Result<(Secret, Value, Duration), AuthError> {
        let factors = self.known_factors()?;
        let held = self.held_in(factors, who.user.id).await?;
        let passkeys = held.passkeys();
        if passkeys.is_empty() {
            return Err(AuthError::NotFound);
        }
        let handle = self.begin_step(who, WaitingFor::Again).await?;
        let options = factors
            .passkeys()?
            .request_options(&challenge(&handle), &passkeys);
        Ok((handle, options, factors.policy.step_lifetime))
    }

    /// Notes that somebody has shown a second factor again; gives how long it counts as lately.
    /// A passkey goes with the handle of its [options](Self::again_options).
    ///
    /// # Errors
    /// [`AuthError::NotFound`] when the account has none, [`AuthError::InvalidToken`],
    /// [`AuthError::InvalidFactor`], or a limit.
    pub async fn show_factor(
        &self,
        who: &SignedIn,
        shown: &Shown,
        handle: Option<&str>,
        device: &Device,
    ) -> Result<Duration, AuthError> {
        let factors = self.known_factors()?;
        let held = self.held_in(factors, who.user.id).await?;
        if held.factors.is_empty() {
            return Err(AuthError::NotFound);
        }
        let begun = match (shown, handle) {
            (Shown::Passkey(_), handle) => {
                let handle = handle.ok_or(AuthError::InvalidToken)?;
                Some(self.begun_by(who, handle, WaitingFor::Again).await?)
            }
            _ => None,
        };
        let challenge = begun.as_ref().map(|(handle, _)| challenge(handle));
        let by = self
            .check_factor(&who.user, &held, shown, challenge.as_ref(), device)
            .await?;
        if let Some((_, key)) = &begun {
            self.end_wait(key).await?;
        }
        self.keep_factors(&who.user, &held).await?;
        self.show_again(who.session_id, &who.user, &by).await?;
        let event = Event::from(EventKind::FactorShown).of(who.user.id);
        self.tell(&event.in_session(who.session_id).from_address(device.ip));
        Ok(self.config.reauth_within)
    }
}

/// What the browser has to sign: it derives from the handle, which works once.
fn challenge(handle: &Secret) -> SecretHash {
    handle.joined_with(handle, "again").hash()
}
