//! What a server knows of the others that run on the same database.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use crate::cache::{ChangeLog, History};
use crate::error::StoreError;
use crate::session::Revocation;

/// The other servers, as they were when somebody last looked. Until then there are none.
#[derive(Debug, Default)]
pub struct Peers {
    elsewhere: AtomicBool,
    silent: AtomicBool,
    longest_ttl: AtomicU64,
    count: AtomicUsize,
    history: History,
}

/// The other servers together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// One keeps its sessions in another store.
    pub is_elsewhere: bool,
    /// One does not tell of the credentials that it ends: it is of an earlier version.
    pub is_silent: bool,
    /// The longest lifetime of the access tokens that they issue.
    pub longest_ttl: Duration,
    /// How many they are.
    pub count: usize,
}

impl Peers {
    /// Takes note of them. Returns what was noted before.
    pub fn note(&self, others: Others) -> Others {
        if others.is_silent || !self.is_caught_up() {
            // Also when the last silent one is gone, and before that is told: nothing that was
            // looked up before is believed afterwards.
            self.history.forget();
        }
        let millis = |ttl: Duration| u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
        let longest = self
            .longest_ttl
            .swap(millis(others.longest_ttl), Ordering::Relaxed);
        Others {
            is_elsewhere: self.elsewhere.swap(others.is_elsewhere, Ordering::Relaxed),
            is_silent: self.silent.swap(others.is_silent, Ordering::AcqRel),
            longest_ttl: Duration::from_millis(longest),
            count: self.count.swap(others.count, Ordering::Relaxed),
        }
    }

    /// How many they are.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// The longest lifetime of the access tokens that they issue.
    pub fn longest_ttl(&self) -> Duration {
        Duration::from_millis(self.longest_ttl.load(Ordering::Relaxed))
    }

    /// How soon a credential dies that is looked up in the session store at every use.
    pub fn revocation(&self) -> Revocation {
        if self.elsewhere.load(Ordering::Relaxed) {
            Revocation::BeforeAnswerInStore
        } else {
            Revocation::BeforeAnswer
        }
    }
}

/// Changes that a silent server makes are unknown for as long as it runs.
#[async_trait]
impl ChangeLog for Peers {
    fn is_caught_up(&self) -> bool {
        !self.silent.load(Ordering::Acquire)
    }

    async fn catch_up(&self) -> Result<(), StoreError> {
        let silent = || StoreError::Unavailable("a server does not tell of its changes".into());
        self.is_caught_up().then_some(()).ok_or_else(silent)
    }

    fn history(&self) -> &History {
        &self.history
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_up_before_a_silent_server_left_is_not_believed() {
        let peers = Peers::default();
        let note = |is_silent| {
            peers.note(Others {
                is_silent,
                ..Others::default()
            })
        };
        note(true);
        assert!(!peers.is_caught_up());
        let meanwhile = peers.history().mark();
        note(false);
        assert!(peers.is_caught_up());
        assert!(!peers.history().is_unchanged(meanwhile, &[]));
        let afterwards = peers.history().mark();
        note(false);
        assert!(peers.history().is_unchanged(afterwards, &[]));
    }
}
