//! What the errors of Redis mean for a caller.

use auth_core::StoreError;
use deadpool_redis::PoolError;
use deadpool_redis::redis::RedisError;

/// Answers of a server that can't work at the moment but may do so later.
const PASSING: [&str; 9] = [
    "BUSY",
    "CLUSTERDOWN",
    "LOADING",
    "MASTERDOWN",
    "MISCONF",
    "NOREPLICAS",
    "OOM",
    READONLY,
    "TRYAGAIN",
];

/// The server is a replica: another one is in charge now.
const READONLY: &str = "READONLY";

/// The store's word for an error of a command.
pub(super) fn from_redis(error: RedisError) -> StoreError {
    let passing = error.code().is_some_and(|code| PASSING.contains(&code));
    if passing || error.is_io_error() {
        StoreError::Unavailable(error.into())
    } else {
        StoreError::Failed(error.into())
    }
}

/// The store's word for a connection that could not be had.
pub(super) fn from_pool(error: PoolError) -> StoreError {
    match error {
        PoolError::Backend(error) => from_redis(error),
        other => StoreError::Unavailable(other.into()),
    }
}

/// Whether the connection that gave this error is of no more use.
pub(super) fn ends_connection(error: &RedisError) -> bool {
    error.is_io_error() || error.is_unrecoverable_error() || error.code() == Some(READONLY)
}
