//! What a server knows of the others that run on the same database.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::session::Revocation;

/// The other servers, as they were when somebody last looked. Until then there are none.
#[derive(Debug, Default)]
pub struct Peers {
    elsewhere: AtomicBool,
    longest_ttl: AtomicU64,
}

impl Peers {
    /// Takes note of them: whether any keeps its sessions in another store, and the longest
    /// lifetime of the access tokens they issue. Says whether the former is news.
    pub fn note(&self, elsewhere: bool, longest_ttl: Duration) -> bool {
        let millis = u64::try_from(longest_ttl.as_millis()).unwrap_or(u64::MAX);
        self.longest_ttl.store(millis, Ordering::Relaxed);
        self.elsewhere.swap(elsewhere, Ordering::Relaxed) != elsewhere
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
