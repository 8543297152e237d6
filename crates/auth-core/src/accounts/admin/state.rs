//! Disabling, enabling, deleting and signing out.
//!
//! An account's credentials get another version before its sessions are ended, so that no request
//! in flight brings one back, and sessions in a server's memory die with it.

use super::{Actor, Admin, PAGE};
use crate::error::AuthError;
use crate::events::{AdminAction, Event, EventKind};
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
        let user = self.start_anew(user, Some(true)).await?;
        self.tell(by, AdminAction::AccountDisabled, &user);
        self.end_sessions(user).await
    }

    /// Lets a disabled account sign in again. What was issued before it was disabled stays
    /// dead: its credentials get another version once more, and so do sessions end in a store that
    /// was away then.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], or a failing store.
    pub async fn enable(&self, by: &Actor, user: &User) -> Result<User, AuthError> {
        let user = self.start_anew(user, Some(false)).await?;
        self.tell(by, AdminAction::AccountEnabled, &user);
        Ok(self.end_sessions(user).await?.user)
    }

    /// Deletes an account with everything that belongs to it. The mail that tells the owner
    /// is queued with the deletion or not at all.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], [`AuthError::LastAdmin`], or a failing store.
    pub async fn delete(&self, by: &Actor, user: User) -> Result<Ended, AuthError> {
        let mail = Vec::from_iter(self.notice(Notice::AccountDeleted, &user));
        match self.stores.users.delete(user.id, None, &mail).await? {
            Deleted::Done => {}
            Deleted::Refused => return Err(AuthError::NotFound),
            Deleted::LastAdmin => return Err(AuthError::LastAdmin),
        }
        self.tell(by, AdminAction::AccountDeleted, &user);
        self.end_sessions(user).await
    }

    /// Ends every session of an account.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], or a failing store.
    pub async fn sign_out(&self, by: &Actor, user: &User) -> Result<Ended, AuthError> {
        let user = self.start_anew(user, None).await?;
        self.tell(by, AdminAction::SignedOut, &user);
        self.end_sessions(user).await
    }

    /// Ends one session of an account.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] when it is over or somebody else's, or a failing store.
    pub async fn end_device(
        &self,
        by: &Actor,
        user: &User,
        device: SessionId,
    ) -> Result<(), AuthError> {
        let ended = self.sessions.revoke(user.id, Revoke::One(device)).await?;
        if ended == 0 {
            return Err(AuthError::NotFound);
        }
        let (action, by) = (AdminAction::DeviceSignedOut, by.clone());
        let event = Event::from(EventKind::Admin { action, by });
        self.stores
            .events
            .tell(&event.of(user.id).in_session(device));
        Ok(())
    }

    /// Ends every session of every account. The event says how far it came, even if not to
    /// the end.
    ///
    /// # Errors
    /// A failing store.
    pub async fn sign_out_all(&self, by: &Actor) -> Result<SignedOut, AuthError> {
        let mut done = SignedOut::default();
        let outcome = self.sign_out_each(&mut done).await;
        let (users, sessions_ended) = (done.users, done.sessions_ended);
        let action = AdminAction::SignedOutAll {
            users,
            sessions: sessions_ended,
            complete: outcome.is_ok(),
        };
        let by = by.clone();
        let event = EventKind::Admin { action, by }.into();
        self.stores.events.tell(&event);
        outcome.map(|()| done)
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
                let user = match self.start_anew(user, None).await {
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

    async fn start_anew(&self, user: &User, disabled: Option<bool>) -> Result<User, AuthError> {
        let changes = UserChanges {
            disabled,
            new_credentials: true,
            ..UserChanges::default()
        };
        self.update(user, &changes, &UpdateConditions::default())
            .await
    }

    pub(super) async fn end_sessions(&self, user: User) -> Result<Ended, AuthError> {
        let sessions_ended = self.sessions.revoke(user.id, Revoke::All).await?;
        Ok(Ended {
            user,
            sessions_ended,
        })
    }
}
