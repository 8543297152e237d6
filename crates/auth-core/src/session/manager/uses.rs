//! Uses of sessions: written down at once, or later and many at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;

use super::{SessionManager, TRIES, contended};
use crate::clock::Timestamp;
use crate::error::AuthError;
use crate::id::SessionId;
use crate::secret::SecretHash;
use crate::session::state::{after_use, touch_after};
use crate::session::{Found, Session, SessionKey};
use crate::user::ActiveUser;

/// What waits to be written. A process that dies loses the uses of the last seconds: their
/// sessions look idle for that much longer.
#[derive(Debug, Default)]
pub(super) struct Uses {
    waiting: Mutex<HashMap<SessionId, (Found, Session)>>,
}

impl Uses {
    /// The most sessions whose use waits.
    const MOST: usize = 8_192;

    /// Where a use is to be noted sooner than after this time, a few seconds count.
    const SOON: Duration = Duration::from_secs(10);

    /// Keeps a use of a session that was read, and says whether it did. A short idle time leaves
    /// no time to wait, and so does a first use of a secret, which ends the reuse of the one
    /// before.
    pub(super) fn keep(&self, read: &Found, next: &Session) -> bool {
        let is_first = read.session.unused != next.unused;
        if is_first || touch_after(next.idle) < Self::SOON {
            return false;
        }
        let mut waiting = self.waiting();
        let has_room = waiting.len() < Self::MOST || waiting.contains_key(&next.id);
        if has_room {
            waiting.insert(next.id, (read.clone(), next.clone()));
        }
        has_room
    }

    /// What waits; nothing does afterwards.
    pub(super) fn take(&self) -> Vec<(Found, Session)> {
        let waiting = std::mem::take(&mut *self.waiting());
        waiting.into_values().collect()
    }

    /// Keeps what could not be written, unless there is a later use.
    pub(super) fn put_back(&self, read: Found, next: Session) {
        self.waiting().entry(next.id).or_insert((read, next));
    }

    // No step under the lock can panic half-way, so a poisoned lock guards sound data.
    fn waiting(&self) -> MutexGuard<'_, HashMap<SessionId, (Found, Session)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionManager {
    /// The same, which has uses of sessions wait for [`write_uses`](Self::write_uses).
    #[must_use]
    pub fn writing_behind(self) -> Self {
        let uses = Some(Arc::<Uses>::default());
        Self { uses, ..self }
    }

    /// Writes down which sessions were used, many at a time. To be called
    /// [now and then](crate::session::WRITE_USES_EVERY), and before the process ends.
    ///
    /// # Errors
    /// When the store fails; what could not be written waits for the next call.
    pub async fn write_uses(&self) -> Result<(), AuthError> {
        const AT_ONCE: usize = 64;
        let Some(uses) = &self.uses else {
            return Ok(());
        };
        let (now, mut written) = (self.now(), Ok(()));
        for some in uses.take().chunks(AT_ONCE) {
            let writes = some.iter().map(|(read, next)| async move {
                let write = self.sessions.replace(read, next, None, now).await;
                // What has changed meanwhile was used since, or has ended.
                write
                    .map(drop)
                    .inspect_err(|_| uses.put_back(read.clone(), next.clone()))
            });
            let writes = join_all(writes).await.into_iter();
            written = written.and(writes.collect::<Result<(), _>>());
        }
        Ok(written?)
    }

    /// The owner of a found session, after noting that it was used.
    pub(super) async fn used(
        &self,
        mut found: Option<Found>,
        secret: Option<&SecretHash>,
        now: Timestamp,
    ) -> Result<Option<(Session, ActiveUser)>, AuthError> {
        for _ in 0..TRIES {
            let Some(mut current) = found else {
                return Ok(None);
            };
            let Some(user) = self.owner(&current.session, current.user.take()).await? else {
                return Ok(None);
            };
            let next = after_use(&current, secret, now).filter(|_| self.notes_uses);
            let Some(next) = next else {
                return Ok(Some((current.session, user)));
            };
            let uses = self.uses.as_ref();
            if uses.is_some_and(|uses| uses.keep(&current, &next)) {
                return Ok(Some((next, user)));
            }
            if self.sessions.replace(&current, &next, None, now).await? {
                return Ok(Some((next, user)));
            }
            // It was used by somebody else, or got another secret, which takes nothing from this
            // use; or it was ended.
            found = self
                .live(&SessionKey::Id(next.id, next.user_id), now)
                .await?;
        }
        Err(contended())
    }
}
