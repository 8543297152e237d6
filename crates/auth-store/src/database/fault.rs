//! What the databases' errors mean.

use auth_core::StoreError;
use auth_core::error::BoxError;
use diesel::result::{DatabaseErrorKind, Error};

/// Whether a later try may succeed, decides which [`StoreError`] it is. Errors of no kind
/// that diesel knows are those of the database itself: a full disk, a missing right, a file
/// locked for too long, two transactions that waited for each other.
pub(crate) fn fault(error: Error) -> StoreError {
    match &error {
        Error::DatabaseError(
            DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::SerializationFailure
            | DatabaseErrorKind::ReadOnlyTransaction
            | DatabaseErrorKind::Unknown,
            _,
        ) => StoreError::Unavailable(error.into()),
        Error::BrokenTransactionManager => StoreError::Unavailable(error.into()),
        _ => StoreError::Failed(error.into()),
    }
}

/// The store is away, because of this.
pub(crate) fn unavailable(cause: impl Into<BoxError>) -> StoreError {
    StoreError::Unavailable(cause.into())
}

/// The store holds or did something it must not.
pub(crate) fn failed(cause: impl Into<BoxError>) -> StoreError {
    StoreError::Failed(cause.into())
}

/// The unique name of a user that somebody else has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Username,
    Email,
}

/// Which name a unique violation is about: PostgreSQL names the index, SQLite the column
/// in its message.
pub(crate) fn taken(error: &Error) -> Option<Taken> {
    let Error::DatabaseError(DatabaseErrorKind::UniqueViolation, information) = error else {
        return None;
    };
    let what = information.constraint_name();
    let what = what.unwrap_or(information.message());
    [
        ("username_key", Taken::Username),
        ("username_skeleton", Taken::Username),
        ("email_key", Taken::Email),
    ]
    .into_iter()
    .find_map(|(column, taken)| what.ends_with(column).then_some(taken))
}
