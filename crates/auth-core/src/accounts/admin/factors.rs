//! What an operator does with the second factors of an account.

use std::time::Duration;

use super::{Actor, Admin, PAGE};
use crate::clock::Timestamp;
use crate::effects::Effects;
use crate::error::AuthError;
use crate::events::{AdminAction, Event};
use crate::factor::{Cipher, FactorChange, FactorStore, Held, place};
use crate::mail::Notice;
use crate::user::User;

impl Admin {
    fn factor_store(&self) -> Result<&dyn FactorStore, AuthError> {
        self.factors.as_deref().ok_or(AuthError::NotFound)
    }

    /// The second factors of an account.
    ///
    /// # Errors
    /// A failing store.
    pub async fn held_factors(&self, user: &User) -> Result<Held, AuthError> {
        let held = self.factor_store()?.held(user.id).await?;
        Ok(held.at(self.sessions.now()))
    }

    /// Says whether an account has to have a second factor, whatever the server asks of all.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], or a failing store.
    pub async fn require_factor(
        &self,
        by: &Actor,
        user: &User,
        required: bool,
    ) -> Result<(), AuthError> {
        let event = Self::event(by, AdminAction::FactorRequirement { required }, user.id);
        let effects = Effects::default().told_by(event.record());
        let store = self.factor_store()?;
        if !store.require(user.id, required, &effects).await? {
            return Err(AuthError::NotFound);
        }
        self.told(&event).await;
        Ok(())
    }

    /// Has all second factors and recovery codes of an account go after a while, since its owner
    /// has lost them. The owner is told by mail, and whoever uses one of them until then has not
    /// lost it: nothing goes. Gives when they go.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] when the account has none, or a failing store.
    pub async fn schedule_factor_reset(
        &self,
        by: &Actor,
        user: &User,
        delay: Duration,
    ) -> Result<Timestamp, AuthError> {
        let at = self.sessions.now() + delay;
        let event = Self::event(by, AdminAction::FactorResetScheduled { at }, user.id);
        let mail = self.notice(Notice::FactorResetScheduled, user);
        let change = self.factor_change(user, Effects::mail(mail), &event);
        let store = self.factor_store()?;
        if !store.schedule_reset(&change, Some(at)).await? {
            return Err(AuthError::NotFound);
        }
        self.told(&event).await;
        Ok(at)
    }

    /// Takes that back.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] when the account has none, or a failing store.
    pub async fn cancel_factor_reset(&self, by: &Actor, user: &User) -> Result<(), AuthError> {
        let event = Self::event(by, AdminAction::FactorResetCancelled, user.id);
        let change = self.factor_change(user, Effects::default(), &event);
        if !self.factor_store()?.schedule_reset(&change, None).await? {
            return Err(AuthError::NotFound);
        }
        self.told(&event).await;
        Ok(())
    }

    /// Encrypts all seeds of authenticator apps, and the secrets of webhooks, anew under the current
    /// key, which servers need to have by now; gives the number of seeds.
    ///
    /// # Errors
    /// [`AuthError::Internal`] when a seed can't be read by any of the keys, or a failing store.
    pub async fn encrypt_anew(&self, by: &Actor, cipher: &Cipher) -> Result<u64, AuthError> {
        let store = self.factor_store()?;
        let (mut after, mut seeds) = (None, 0);
        loop {
            let page = store.seeds(after, PAGE).await?;
            let Some((_, last, _)) = page.last() else {
                break;
            };
            after = Some(*last);
            for (user, id, seed) in &page {
                let place = place(*user, *id);
                let plain = cipher.decrypt(seed, &place);
                let plain = plain.map_err(|error| AuthError::Internal(error.into()))?;
                let anew = cipher.encrypt(&plain, &place);
                seeds += u64::from(store.replace_seed(*id, seed, &anew).await?);
            }
        }
        self.encrypt_webhooks_anew(cipher).await?;
        store.change_encryption_key(cipher.current().id()).await?;
        let action = AdminAction::SeedsEncryptedAnew { seeds };
        self.tell_of_many(by, action).await;
        Ok(seeds)
    }

    fn factor_change(&self, user: &User, effects: Effects, event: &Event) -> FactorChange {
        FactorChange {
            user: user.id,
            by: None,
            at: self.sessions.now(),
            effects: effects.told_by(event.record()),
        }
    }
}
