//! Credentials that were looked up, kept in memory for as long as the store would still say
//! the same.
//!
//! Only a "yes" is kept. Whether it still holds is decided at each use, in this order: the
//! request has arrived; every store is asked whether all of its changes are known; the answer
//! is looked up; none of the changes since it was read is about its session or its user. So
//! nothing has to be taken out when it dies, and an answer that was read before a change and
//! arrives after it is as worthless as one that was there already.

mod history;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use quick_cache::Weighter;
use quick_cache::sync::Cache as Entries;
use siphasher::sip128::SipHasher24;

pub use history::{ChangeLog, History, Mark, Name};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::secret::SecretText;

/// The most logs of changes: of users, of sessions and of the other servers.
const LOGS: usize = 3;

/// What the map and the allocator keep for an entry beside its own size, in bytes.
const OVERHEAD: usize = 160;

/// Answers, by a keyed hash of the whole credential: one that differs in any bit is a stranger.
pub(crate) struct Cache<A> {
    entries: Entries<Key, Arc<Entry<A>>, Weight>,
    hasher: SipHasher24,
    logs: Vec<Arc<dyn ChangeLog>>,
    counts: Counts,
}

/// How often credentials were looked up. On a line of the processors' caches for itself: what
/// every read writes would take the rest from those that only read it.
#[derive(Default)]
#[repr(align(64))]
struct Counts {
    hits: AtomicU64,
    misses: AtomicU64,
    bypasses: AtomicU64,
}

/// What is known of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheState {
    /// Reads that it answered.
    pub hits: u64,
    /// Reads whose credential was not kept, or did not hold any more.
    pub misses: u64,
    /// Reads for which it was not asked, since not all changes were known.
    pub bypasses: u64,
    /// The bytes in use.
    pub bytes: u64,
}

/// The hash of a credential.
type Key = [u8; 16];

/// What can be kept.
pub(crate) trait Answer {
    /// The session and the user that it is about.
    fn names(&self) -> [Name; 2];

    /// How many bytes it has elsewhere than in itself.
    fn heap_size(&self) -> usize;
}

/// For how long an answer holds if nothing changes.
#[derive(Clone, Debug)]
pub struct Validity {
    /// It holds within these times.
    pub period: Range<Timestamp>,
    /// From then on a use is to be noted with the session.
    pub touch_at: Timestamp,
    /// It holds while the [edition](crate::Format::edition) is this one.
    pub edition: u64,
    /// It holds while tokens may have this lifetime; zero for what is no token.
    pub lifetime: Duration,
}

/// An answer that is kept.
struct Entry<A> {
    answer: Arc<A>,
    validity: Validity,
    /// Up to which moment of each log it is known to hold.
    holds_at: [AtomicU64; LOGS],
}

/// The moments before the stores were read, one for each log.
pub(crate) struct Fence([Mark; LOGS]);

/// By which circumstances an answer is judged.
#[derive(Clone, Copy)]
pub(crate) struct Present {
    /// The current time.
    pub(crate) now: Timestamp,
    /// The [edition](crate::Format::edition) of the format.
    pub(crate) edition: u64,
    /// The longest lifetime that a token may have.
    pub(crate) longest_lifetime: Duration,
}

#[derive(Clone)]
struct Weight;

impl<A: Answer> Weighter<Key, Arc<Entry<A>>> for Weight {
    fn weight(&self, _key: &Key, entry: &Arc<Entry<A>>) -> u64 {
        let sizes = size_of::<Entry<A>>() + size_of::<A>() + OVERHEAD;
        (sizes + entry.answer.heap_size()) as u64
    }
}

impl<A: Answer> Cache<A> {
    /// A cache of this many bytes, over what these logs tell of.
    ///
    /// `None` when it can't be told what changes, or there is no room, or no randomness.
    pub(crate) fn new(bytes: u64, logs: Vec<Arc<dyn ChangeLog>>) -> Option<Self> {
        let fits = bytes > 0 && (1..=LOGS).contains(&logs.len());
        // A profile of ordinary length; the bound is the weight.
        let items = usize::try_from(bytes / 1024).unwrap_or(usize::MAX).max(16);
        let mut key = Key::default();
        getrandom::fill(&mut key).ok()?;
        fits.then(|| Self {
            entries: Entries::with_weighter(items, bytes, Weight),
            hasher: SipHasher24::new_with_key(&key),
            logs,
            counts: Counts::default(),
        })
    }

    /// Whether all changes are known.
    pub(crate) fn is_caught_up(&self) -> bool {
        self.logs.iter().all(|log| log.is_caught_up())
    }

    /// A read was answered from memory.
    pub(crate) fn note_hit(&self) {
        self.counts.hits.fetch_add(1, Ordering::Relaxed);
    }

    /// A read was not, either since nothing was kept, or since not all changes were known.
    pub(crate) fn note_miss(&self, was_caught_up: bool) {
        let counts = &self.counts;
        let count = match was_caught_up {
            true => &counts.misses,
            false => &counts.bypasses,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// What is known of it.
    pub(crate) fn state(&self) -> CacheState {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        CacheState {
            hits: load(&self.counts.hits),
            misses: load(&self.counts.misses),
            bypasses: load(&self.counts.bypasses),
            bytes: self.entries.weight(),
        }
    }

    /// Learns of all changes.
    ///
    /// # Errors
    /// When one can't be asked.
    pub(crate) async fn catch_up(&self) -> Result<(), StoreError> {
        for log in &self.logs {
            if !log.is_caught_up() {
                log.catch_up().await?;
            }
        }
        Ok(())
    }

    /// The moment before the stores are read.
    pub(crate) fn fence(&self) -> Fence {
        let mut marks = [Mark::from_bits(0); LOGS];
        for (mark, log) in marks.iter_mut().zip(&self.logs) {
            *mark = log.history().mark();
        }
        Fence(marks)
    }

    /// What is known of a credential. To be asked after [`is_caught_up`](Self::is_caught_up).
    pub(crate) fn get(&self, credential: &SecretText, present: Present) -> Option<Arc<A>> {
        let key = self.key(credential);
        let entry = self.entries.get(&key)?;
        if entry.is_dead(present) || !self.holds(&entry) {
            self.entries.remove(&key);
            return None;
        }
        let in_use = present.now < entry.validity.touch_at;
        in_use.then(|| entry.answer.clone())
    }

    /// Keeps an answer that was read after the fence.
    pub(crate) fn insert(
        &self,
        credential: &SecretText,
        fence: &Fence,
        answer: Arc<A>,
        validity: Validity,
    ) {
        let entry = Entry {
            answer,
            validity,
            holds_at: fence.0.map(|mark| AtomicU64::new(mark.to_bits())),
        };
        self.entries.insert(self.key(credential), Arc::new(entry));
    }

    /// 128 bits of a pseudorandom function whose key nobody else knows: as hard to meet by
    /// another credential as the secrets are to guess, and cheaper than a hash without a key.
    fn key(&self, credential: &SecretText) -> Key {
        let text = credential.reveal().as_bytes();
        self.hasher.hash(text).as_bytes()
    }

    /// Whether no change since it was read is about it. What is found so is not looked up
    /// again until there are further changes.
    fn holds(&self, entry: &Entry<A>) -> bool {
        self.logs
            .iter()
            .zip(&entry.holds_at)
            .all(|(log, holds_at)| {
                let history = log.history();
                // Taken first: what is added meanwhile is judged next time.
                let present = history.mark();
                let since = Mark::from_bits(holds_at.load(Ordering::Acquire));
                let holds = history.is_unchanged(since, &entry.answer.names());
                if holds && present != since {
                    holds_at.fetch_max(present.to_bits(), Ordering::AcqRel);
                }
                holds
            })
    }
}

impl<A> Entry<A> {
    fn is_dead(&self, present: Present) -> bool {
        let validity = &self.validity;
        !validity.period.contains(&present.now)
            || validity.edition != present.edition
            || validity.lifetime > present.longest_lifetime
    }
}

#[cfg(test)]
mod tests;
