//! Disabling, enabling, deleting and signing out.
//!
//! An account's credentials get another version before its sessions are ended, so that no request
//! in flight brings one back, and sessions in a server's memory die with it.

use super::{Actor, Admin, PAGE};
use crate::effects::Effects;
use crate::error::AuthError;
use crate::events::{AdminAction, Event};
use crate::id::SessionId;
use crate::mail::Notice;
use crate::session::Revoke;
use crate::user::{Deleted, UpdateConditions, User, UserChanges};

/// An account whose sessions were ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The account, as it is now or was last.
    pub user: User,
    /// The sessions that were ended.
    pub sessions_ended: u64,
}

/// What signing everybody out came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignedOut {
    /// The accounts that were signed out.
    pub users: u64,
    /// The sessions that were ended.
    pub sessions_ended: u64,
}

impl Admin {
    /// Disables an account and signs it out everywhere.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], [`AuthError::LastAdmin`], or a failing store.
    pub async fn disable(&self, by: &Actor, user: &User) -> Result<Ended, AuthError> {
        let event = Self::event(by, AdminAction::AccountDisabled, user.id);
        let user = self.start_anew(user, Some(true), Some(&event)).await?;
        self.end_sessions(user).await
    }

    /// Lets a disabled account sign in again. What was issued before it was disabled stays
    /// dead: its credentials get another version once more, and so do sessions end in a store that
    /// was away then.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], or a failing store.
    pub async fn enable(&self, by: &Actor, user: &User) -> Result<User, AuthError> {
        let event = Self::event(by, AdminAction::AccountEnabled, user.id);
        let user = self.start_anew(user, Some(false), Some(&event)).await?;
        Ok(self.end_sessions(user).await?.user)
    }

    /// Deletes an account with everything that belongs to it. The mail that tells the owner
    /// is queued with the deletion or not at all.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], [`AuthError::LastAdmin`], or a failing store.
    pub async fn delete(&self, by: &Actor, user: User) -> Result<Ended, AuthError> {
        let event = Self::event(by, AdminAction::AccountDeleted, user.id);
        let effects = Effects::mail(self.notice(Notice::AccountDeleted, &user));
        let effects = effects.told_by(event.record());
        match self.stores.users.delete(user.id, None, &effects).await? {
            Deleted::Done => {}
            Deleted::Refused => return Err(AuthError::NotFound),
            Deleted::LastAdmin => return Err(AuthError::LastAdmin),
        }
        self.told(&event).await;
        self.end_sessions(user).await
    }

    /// Ends every session of an account.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], or a failing store.
    pub async fn sign_out(&self, by: &Actor, user: &User) -> Result<Ended, AuthError> {
        let event = Self::event(by, AdminAction::SignedOut, user.id);
        let user = self.start_anew(user, None, Some(&event)).await?;
        self.end_sessions(user).await
    }

    /// Ends one session of an account, which is told before it is done.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] when it is over or somebody else's, or a failing store. Nothing
    /// ends unless it is on the record.
    pub async fn end_device(
        &self,
        by: &Actor,
        user: &User,
        device: SessionId,
    ) -> Result<(), AuthError> {
        let theirs = self.devices(user).await?;
        if theirs.iter().all(|session| session.id != device) {
            return Err(AuthError::NotFound);
        }
        // Sessions may be in a store without the trail. Whoever kills the server in between leaves
        // the line rather than nothing.
        let event = Self::event(by, AdminAction::DeviceSignedOut, user.id);
        self.tell_in_advance(&event.in_session(device)).await?;
        match self.sessions.revoke(user.id, Revoke::One(device)).await? {
            0 => Err(AuthError::NotFound),
            _ => Ok(()),
        }
    }

    /// Ends every session of every account. One event says that it begins, and one how far it
    /// came, even if not to the end: whoever kills the program leaves the first.
    ///
    /// # Errors
    /// A failing store. Nobody is signed out unless it is on the record that it begins.
    pub async fn sign_out_all(&self, by: &Actor) -> Result<SignedOut, AuthError> {
        let action = |done: &SignedOut, complete| AdminAction::SignedOutAll {
            users: done.users,
            sessions: done.sessions_ended,
            complete,
        };
        let mut done = SignedOut::default();
        self.tell_in_advance(&Self::event_of_many(by, action(&done, false)))
            .await?;
        let outcome = self.sign_out_each(&mut done).await;
        let ended = action(&done, outcome.is_ok());
        self.tell_of_many(by, ended).await;
        outcome.map(|()| done)
    }

    /// Tells what is about to be done. Unlike what was done, which can't be taken back, it fails
    /// where it can't be kept.
    pub(super) async fn tell_in_advance(&self, event: &Event) -> Result<(), AuthError> {
        if let (Some(trail), Some(record)) = (self.stores.events.trail(), event.record()) {
            trail.store().append(&[record]).await?;
        }
        self.told(event).await;
        Ok(())
    }

    async fn sign_out_each(&self, done: &mut SignedOut) -> Result<(), AuthError> {
        let mut after = None;
        loop {
            let page = self.list(after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.id);
            for user in &page {
                let user = match self.start_anew(user, None, None).await {
                    Ok(user) => user,
                    // Who was deleted meanwhile is signed out already.
                    Err(AuthError::NotFound) => continue,
                    Err(error) => return Err(error),
                };
                done.users += 1;
                done.sessions_ended += self.end_sessions(user).await?.sessions_ended;
            }
        }
    }

    /// Gives the credentials of an account another version, and tells why.
    async fn start_anew(
        &self,
        user: &User,
        disabled: Option<bool>,
        event: Option<&Event>,
    ) -> Result<User, AuthError> {
        let changes = UserChanges {
            disabled,
            new_credentials: true,
            ..UserChanges::default()
        };
        let along = UpdateConditions {
            effects: Effects::default().told_by(event.and_then(Event::record)),
            ..UpdateConditions::default()
        };
        let user = self.update(user, &changes, &along).await?;
        if let Some(event) = event {
            self.told(event).await;
        }
        Ok(user)
    }

    pub(super) async fn end_sessions(&self, user: User) -> Result<Ended, AuthError> {
        let sessions_ended = self.sessions.revoke(user.id, Revoke::All).await?;
        Ok(Ended {
            user,
            sessions_ended,
        })
    }
}
