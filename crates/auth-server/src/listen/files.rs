//! How many files a process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::warn;

/// Files that are no connections of clients: stores, mail, providers, metrics, logs.
const OTHERS: u64 = 256;

/// Raises the limit as far as the system allows, and gives the number of connections that
/// fit in: as many as `wanted`, unless the system allows fewer.
pub(super) fn room_for(wanted: usize) -> usize {
    let room = usize::try_from(room_within(raised())).unwrap_or(usize::MAX);
    if room < wanted {
        warn!(
            "the system allows {room} connections at once, fewer than --max-connections {wanted}: raise its limit of open files (ulimit -n, LimitNOFILE)"
        );
    }
    wanted.min(room)
}

fn room_within(files: u64) -> u64 {
    files.saturating_sub(OTHERS).max(files / 2)
}

/// The limit of open files, raised to the most that is allowed.
fn raised() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // Where it can't be raised, it stays what it was.
    let _ = setrlimit(Resource::Nofile, most);
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_find_room_too() {
        assert_eq!(room_within(20_000), 20_000 - OTHERS);
        assert_eq!(room_within(100), 50);
    }
}
