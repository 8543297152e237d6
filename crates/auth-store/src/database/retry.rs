//! Transactions that are worth another try.
//!
//! PostgreSQL undoes one of several transactions that wait for each other in a circle, or
//! that could not have run one after the other. Which error that was can't be told here:
//! diesel hides its code, and the text is in the server's language. So whatever the server
//! gives as an error of no kind that diesel knows is tried again, a few times.

use std::time::Duration;

use auth_core::StoreError;
use diesel::result::{DatabaseErrorKind, Error};
use tokio::time::sleep;

use super::fault::fault;

/// How often a transaction is begun at most.
const TRIES: u32 = 6;

/// The longest wait before the second try; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(10);

/// Why a transaction failed.
pub(crate) struct Fault {
    error: StoreError,
    /// Whether it may succeed if it is begun again at once.
    is_passing: bool,
}

impl Fault {
    /// A failure that another try does not mend.
    pub(crate) fn lasting(error: StoreError) -> Self {
        Self {
            error,
            is_passing: false,
        }
    }

    /// The failure of a query whose transaction was undone.
    pub(crate) fn of_query(error: Error) -> Self {
        let is_passing = matches!(
            &error,
            Error::DatabaseError(
                DatabaseErrorKind::SerializationFailure | DatabaseErrorKind::Unknown,
                _
            )
        );
        Self {
            error: fault(error),
            is_passing,
        }
    }

    /// A failure to commit. Unless it says that the transaction was undone, nobody knows.
    pub(crate) fn of_commit(error: Error) -> Self {
        let kind = DatabaseErrorKind::SerializationFailure;
        Self {
            is_passing: matches!(&error, Error::DatabaseError(found, _) if *found == kind),
            error: fault(error),
        }
    }

    pub(crate) fn into_error(self) -> StoreError {
        self.error
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::lasting(error)
    }
}

/// The tries of one transaction.
pub(crate) struct Tries(u32);

impl Tries {
    pub(crate) fn new() -> Self {
        Self(1)
    }

    /// Waits a moment if another try is worth it.
    ///
    /// # Errors
    /// The failure, if it is not.
    pub(crate) async fn another(&mut self, fault: Fault) -> Result<(), StoreError> {
        if !fault.is_passing || self.0 >= TRIES {
            return Err(fault.error);
        }
        // By chance, so that those who met do not meet again.
        let longest = FIRST_WAIT * 2u32.pow(self.0 - 1);
        sleep(longest.mul_f64(fastrand::f64())).await;
        self.0 += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: DatabaseErrorKind) -> Fault {
        Fault::of_query(Error::DatabaseError(kind, Box::new("text".to_owned())))
    }

    #[tokio::test]
    async fn a_passing_failure_is_tried_a_few_times() {
        let mut tries = Tries::new();
        let mut count = 1;
        while tries.another(of(DatabaseErrorKind::Unknown)).await.is_ok() {
            count += 1;
        }
        assert_eq!(count, TRIES);
    }

    #[tokio::test]
    async fn a_lasting_failure_is_told_at_once() {
        for kind in [
            DatabaseErrorKind::UniqueViolation,
            DatabaseErrorKind::ClosedConnection,
            DatabaseErrorKind::UnableToSendCommand,
        ] {
            assert!(Tries::new().another(of(kind)).await.is_err());
        }
    }
}
