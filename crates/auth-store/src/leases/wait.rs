//! Who waits until a change is in force.

use auth_core::StoreError;
use auth_revocation::{Outcome, Revocation};
use tokio::sync::oneshot;

/// Who asks, and hears of it once.
pub(super) type Asker = oneshot::Sender<Result<(), StoreError>>;

/// Changes that were made, and who waits for them.
pub(super) struct Wait {
    pub(super) revocation: Revocation,
    pub(super) askers: Vec<Asker>,
}

impl Wait {
    /// The number of the last of them.
    pub(super) fn number(&self) -> u64 {
        self.revocation.committed().number
    }

    /// Tells everybody what came of it.
    pub(super) fn end(self, outcome: Outcome) {
        for asker in self.askers {
            let _ = asker.send(match outcome {
                Outcome::Complete => Ok(()),
                Outcome::Unknown => Err(StoreError::Unavailable(
                    "another server holds the data now, which may lack the change".into(),
                )),
            });
        }
    }
}
