//! What stores tell of their changes, as whoever keeps answers hears of it: through every
//! handle, before the change is answered.

use std::sync::Arc;

use auth_core::cache::{ChangeLog, Mark, Name};
use auth_core::{SessionId, SessionStore, UserStore};

use crate::backend::Pair;

/// Everybody who follows a store.
pub struct Followers(Vec<Arc<dyn ChangeLog>>);

impl Followers {
    pub fn of_sessions(stores: &Pair<dyn SessionStore>) -> Self {
        Self(
            [&stores.0, &stores.1]
                .map(|store| store.changes().unwrap())
                .into(),
        )
    }

    pub fn of_users(stores: &Pair<dyn UserStore>) -> Self {
        Self(
            [&stores.0, &stores.1]
                .map(|store| store.changes().unwrap())
                .into(),
        )
    }

    /// The present moment, for each of them.
    pub async fn now(&self) -> Vec<Mark> {
        let mut marks = vec![];
        for log in &self.0 {
            catch_up(log).await;
            marks.push(log.history().mark());
        }
        marks
    }

    /// Whether they have been told of a change since. All must say the same.
    pub async fn heard(&self, since: &[Mark], of: impl Into<Name>) -> bool {
        let name = of.into();
        let mut heard = vec![];
        for (log, since) in self.0.iter().zip(since) {
            catch_up(log).await;
            heard.push(!log.history().is_unchanged(*since, &[name]));
        }
        assert!(heard.iter().all(|one| *one == heard[0]), "{heard:?}");
        heard[0]
    }

    /// Expects that of these sessions exactly this one is told of.
    pub async fn heard_only(&self, since: &[Mark], of: SessionId, others: &[SessionId]) {
        assert!(self.heard(since, of).await);
        for other in others {
            assert!(!self.heard(since, *other).await);
        }
    }
}

/// As whoever reads does: asks the store only if something is new. A lease is there before long.
async fn catch_up(log: &Arc<dyn ChangeLog>) {
    while !log.is_caught_up() {
        let _ = log.catch_up().await;
        tokio::task::yield_now().await;
    }
}
