//! What the log tells once of.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Origins that called without being trusted, of which the log tells once each.
#[derive(Default)]
pub(crate) struct Strangers(Mutex<HashSet<String>>);

impl Strangers {
    /// So many are told of; whoever makes origins up does not fill the log.
    const MOST: usize = 32;

    /// Whether it has not been told of; from now on it has.
    pub(crate) fn is_news(&self, origin: &str) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.len() < Self::MOST && known.insert(origin.to_owned())
    }
}
