//! Sessions and limits in the memory of one process.
//!
//! Nothing survives a restart and nothing is shared with other processes, so this suits
//! a single server and tests. The `purge` methods give the memory of what is over back.

mod ends;
mod limits;
mod sessions;

use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use auth_core::cache::{ChangeLog, History};
use auth_core::session::{Found, RevokedSession, SecretChange, SessionKey};
use auth_core::{
    Authority, Fingerprint, Session, SessionId, SessionStore, StoreError, Timestamp, UserId,
};

use crate::purge::in_steps;
use limits::Limits;
use sessions::Sessions;
use uuid::Uuid;

/// Keeps sessions and counts limits in memory. It keeps no users, so it never tells the
/// owner of a session.
pub struct MemoryStore {
    sessions: RwLock<Sessions>,
    limits: Mutex<Limits>,
    changes: Arc<MemoryChanges>,
    identity: String,
}

/// The changes of the memory itself: whoever makes one adds it while the sessions are locked.
#[derive(Default)]
struct MemoryChanges(History);

#[async_trait]
impl ChangeLog for MemoryChanges {
    fn is_caught_up(&self) -> bool {
        true
    }

    async fn catch_up(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn history(&self) -> &History {
        &self.0
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self {
            sessions: RwLock::default(),
            limits: Mutex::default(),
            changes: Arc::default(),
            identity: format!("memory:{}", Uuid::now_v7()),
        }
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    // No step under a lock can panic half-way, so a poisoned lock guards sound data.
    fn read(&self) -> RwLockReadGuard<'_, Sessions> {
        self.sessions.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Sessions> {
        let lock = self.sessions.write();
        lock.unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SessionStore for MemoryStore {
    async fn insert(
        &self,
        session: &Session,
        secret: &Fingerprint,
    ) -> Result<Vec<Session>, StoreError> {
        let mut sessions = self.write();
        sessions.insert(session, *secret);
        Ok(sessions.by_user(session.user_id))
    }

    async fn get(&self, key: &SessionKey) -> Result<Option<Found>, StoreError> {
        Ok(self.read().get(key))
    }

    async fn replace(
        &self,
        read: &Found,
        next: &Session,
        change: Option<&SecretChange>,
        _now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut sessions = self.write();
        let replaced = sessions.replace(read, next, change);
        if replaced && change.is_some() && read.is_changed_for_all(next) {
            self.changes.0.add([next.id.into()]);
        }
        Ok(replaced)
    }

    /// Nothing else is written: what is not there is denied.
    async fn delete(
        &self,
        user: UserId,
        ids: &[SessionId],
        _by: Option<&Authority>,
        _now: Timestamp,
    ) -> Result<Option<Vec<Session>>, StoreError> {
        let mut sessions = self.write();
        let ended = sessions.delete(user, ids);
        self.changes
            .0
            .add(ended.iter().map(|session| session.id.into()));
        Ok(Some(ended))
    }

    async fn by_user(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        Ok(self.read().by_user(user))
    }

    async fn denial(&self, id: SessionId, user: UserId) -> Result<RevokedSession, StoreError> {
        Ok(RevokedSession {
            denied: !self.read().is_kept(id, user),
            user: None,
        })
    }

    async fn live(&self, at_most: u32, now: Timestamp) -> Result<Option<u64>, StoreError> {
        Ok(Some(self.read().live(at_most, now)))
    }

    fn changes(&self) -> Option<Arc<dyn ChangeLog>> {
        Some(self.changes.clone())
    }

    /// What is over can't be used, whoever remembers it.
    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        in_steps(async |most| Ok(self.write().purge(now, most))).await
    }

    /// Another one at each start, since nothing survives it.
    async fn identity(&self) -> Result<Option<String>, StoreError> {
        Ok(Some(self.identity.clone()))
    }
}
