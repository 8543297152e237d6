//! What the errors of Redis mean for a caller.

use auth_core::StoreError;
use deadpool_redis::PoolError;
use deadpool_redis::redis::{ErrorKind, RedisError, ServerErrorKind};

/// Answers of a server that can't work at the moment but may do so later, also because
/// somebody gives our user its rights back.
const PASSING: [&str; 13] = [
    "BUSY",
    "CLUSTERDOWN",
    "LOADING",
    "MASTERDOWN",
    "MISCONF",
    "NOAUTH",
    "NOPERM",
    "NOREPLICAS",
    "NOQUORUM",
    "OOM",
    READONLY,
    "TRYAGAIN",
    "WRONGPASS",
];

/// The server is a replica: another one is in charge now.
const READONLY: &str = "READONLY";

/// What versions of Redis say of a script whose user may not do all of it.
const NO_RIGHT: [&str; 2] = [
    "ACL failure in script",
    "The user executing the script can't",
];

/// The store's word for an error of a command.
pub(super) fn from_redis(error: RedisError) -> StoreError {
    if is_passing(&error) {
        StoreError::Unavailable(error.into())
    } else {
        StoreError::Failed(error.into())
    }
}

fn is_passing(error: &RedisError) -> bool {
    let by_code = error.code().is_some_and(|code| PASSING.contains(&code));
    by_code || error.is_io_error() || is_about_finding(error.kind()) || is_passing_in(error)
}

/// No server that could be asked was found.
fn is_about_finding(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::AuthenticationFailed
            | ErrorKind::ClusterConnectionNotFound
            | ErrorKind::MasterNameNotFoundBySentinel
            | ErrorKind::NoValidReplicasFoundBySentinel
    )
}

/// Errors inside a script, whose own code older servers put into the text.
fn is_passing_in(error: &RedisError) -> bool {
    let text = error.detail().unwrap_or_default();
    let mut codes = PASSING.iter();
    NO_RIGHT.iter().any(|right| text.contains(right))
        || codes.any(|code| text.contains(&format!(" -{code} ")))
}

/// Settings that the library refuses.
pub(super) fn malformed(error: RedisError) -> StoreError {
    StoreError::Failed(error.into())
}

/// The store's word for a connection that could not be had.
pub(super) fn from_pool(error: PoolError) -> StoreError {
    match error {
        PoolError::Backend(error) => from_redis(error),
        other => StoreError::Unavailable(other.into()),
    }
}

/// Whether the server does not know the script yet.
pub(super) fn is_unknown_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

/// Whether the connection that gave this error is of no more use.
pub(super) fn ends_connection(error: &RedisError) -> bool {
    error.is_io_error() || error.is_unrecoverable_error() || error.code() == Some(READONLY)
}
