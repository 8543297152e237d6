//! What a ring knows of its directory.

use std::sync::Arc;

use auth_core::Timestamp;
use tracing::warn;

use super::set::{FOLLOW_EVERY, apart};
use super::{KeyError, Keys, directory::Directory};

/// The keys, and how fresh that knowledge is.
#[derive(Clone, Debug)]
pub(super) struct Loaded {
    pub(super) keys: Arc<Keys>,
    /// Why the keys could not be brought up to date.
    pub(super) fault: Option<KeyError>,
    at: Timestamp,
}

impl Loaded {
    /// These keys were seen just now.
    pub(super) fn new(keys: Keys, at: Timestamp) -> Self {
        Self {
            keys: Arc::new(keys),
            fault: None,
            at,
        }
    }

    /// Whether it is time to look again.
    pub(super) fn is_stale(&self, now: Timestamp) -> bool {
        apart(self.at, now) >= FOLLOW_EVERY
    }

    /// Looks again. A failure is remembered as long as a success, so that a directory
    /// that can't be listed is not listed at every request.
    pub(super) fn follow(&mut self, directory: &Directory, now: Timestamp) {
        match self.reload(directory) {
            // The same keys keep their edition, so that what was read by them stays good.
            Ok(keys) if keys.is_same(&self.keys) => {
                self.fault = None;
                self.at = now;
            }
            Ok(keys) => *self = Self::new(keys, now),
            Err(fault) => {
                self.fault = Some(fault);
                self.at = now;
            }
        }
    }

    /// The keys that are there now. A broken file that turned up among them is left
    /// out: it must not take the good ones down.
    pub(super) fn reload(&self, directory: &Directory) -> Result<Keys, KeyError> {
        directory.load(&self.keys, |error| {
            warn!(%error, "a key was left out");
            Ok(())
        })
    }
}
