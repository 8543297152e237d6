//! Sessions and limits in the memory of one process.
//!
//! Nothing survives a restart and nothing is shared with other processes, so this suits
//! a single server and tests. Reads check every lifetime themselves; the `purge` methods
//! give the memory of what is over back.

mod limits;
mod sessions;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use auth_core::limit::Count;
use auth_core::session::{Changed, Found, Revoke, RevokedSession, SecretChange, SecretKind};
use auth_core::{
    Fingerprint, SecretHash, Session, SessionId, SessionStore, StoreError, Timestamp, UserId,
};

use sessions::Sessions;
use uuid::Uuid;

/// Keeps sessions and counts limits in memory. It keeps no users, so it never tells the
/// owner of a session.
pub struct MemoryStore {
    sessions: RwLock<Sessions>,
    limits: Mutex<HashMap<String, Count>>,
    identity: String,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self {
            sessions: RwLock::default(),
            limits: Mutex::default(),
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
        max: u32,
    ) -> Result<(), StoreError> {
        self.write().insert(session, *secret, max);
        Ok(())
    }

    async fn find(
        &self,
        kind: SecretKind,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<Found>, StoreError> {
        Ok(self.read().find(kind, secret, now).map(without_owner))
    }

    async fn find_by_id(
        &self,
        id: SessionId,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<Found>, StoreError> {
        let sessions = self.read();
        let found = sessions.find_by_id(id, now);
        let found = found.filter(|session| session.user_id == user);
        Ok(found.map(without_owner))
    }

    async fn trace(
        &self,
        kind: SecretKind,
        secret: &Fingerprint,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        Ok(self.read().trace(kind, secret, now).cloned())
    }

    async fn touch(
        &self,
        id: SessionId,
        _user: UserId,
        secret: Option<&SecretHash>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.write().touch(id, secret, now))
    }

    async fn change_secret(
        &self,
        kind: SecretKind,
        change: &SecretChange,
        now: Timestamp,
    ) -> Result<Changed, StoreError> {
        Ok(self.write().change_secret(kind, change, now))
    }

    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        Ok(self.read().list(user, now))
    }

    async fn revoke(&self, user: UserId, which: Revoke, now: Timestamp) -> Result<u64, StoreError> {
        Ok(self.write().revoke(user, which, now))
    }

    async fn denial(
        &self,
        id: SessionId,
        user: UserId,
        _now: Timestamp,
    ) -> Result<RevokedSession, StoreError> {
        Ok(RevokedSession {
            denied: !self.read().is_kept(id, user),
            user: None,
        })
    }

    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        Ok(self.write().purge(now))
    }

    /// Another one at each start, since nothing survives it.
    async fn identity(&self) -> Result<Option<String>, StoreError> {
        Ok(Some(self.identity.clone()))
    }
}

fn without_owner(session: &Session) -> Found {
    Found {
        session: session.clone(),
        user: None,
    }
}
