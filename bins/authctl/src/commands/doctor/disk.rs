//! Whether there is room in the data dir.

use std::path::Path;

use auth_server::{Settings, database_url};
use rustix::fs::statvfs;

use super::finding::Finding;

const CHECK: &str = "disk";

const MIB: u64 = 1 << 20;

/// Looks at the file system that the SQLite file is on, or else the data dir.
pub fn look(settings: &Settings) -> Vec<Finding> {
    let database = database_url(settings).ok();
    let file = database.as_ref().and_then(|url| url.sqlite_file());
    let place = file.and_then(Path::parent).unwrap_or(&settings.data_dir);
    if !place.is_dir() {
        return vec![Finding::ok(
            CHECK,
            format!("nothing is kept in {}", place.display()),
        )];
    }
    match statvfs(place) {
        Ok(about) => vec![judge(
            place,
            about.f_bavail.saturating_mul(about.f_frsize),
            about.f_blocks.saturating_mul(about.f_frsize),
        )],
        Err(error) => {
            let found = format!("{} can't be looked at: {error}", place.display());
            vec![Finding::warning(CHECK, found, "look at it yourself")]
        }
    }
}

/// What is free of all there is, in bytes.
fn judge(place: &Path, free: u64, all: u64) -> Finding {
    let found = format!("{} MiB are free in {}", free / MIB, place.display());
    let remedy = "make room: a full disk takes no sign-in, and no backup";
    match free {
        free if free < 100 * MIB => Finding::problem(CHECK, found, remedy),
        free if free < 1024 * MIB || free < all / 20 => Finding::warning(CHECK, found, remedy),
        _ => Finding::ok(CHECK, found),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn a_disk_that_is_nearly_full_is_told() {
        let level = |free: u64, all: u64| judge(Path::new("/"), free * MIB, all * MIB).level;
        assert_eq!(level(50_000, 100_000), Level::Ok);
        assert_eq!(level(4_000, 100_000), Level::Warning);
        assert_eq!(level(500, 1000), Level::Warning);
        assert_eq!(level(99, 1000), Level::Problem);
    }
}
