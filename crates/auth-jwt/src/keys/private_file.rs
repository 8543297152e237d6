//! Files that only their owner may read.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::process::geteuid;
use zeroize::Zeroizing;

use super::KeyError;

/// No key file is nearly as long, in bytes.
const MAX_LEN: u64 = 16 * 1024;

/// Reads a key file.
///
/// # Errors
/// When it can't be read or others can read it too.
pub(super) fn read(path: &Path) -> Result<(Zeroizing<String>, Metadata), KeyError> {
    let unreadable = |cause| KeyError::unreadable(path, cause);
    let file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if !is_handed_over(&about) {
        check_private(path, &about, "600")?;
    }
    let mut text = Zeroizing::new(String::new());
    let read = file.take(MAX_LEN).read_to_string(&mut text);
    read.map_err(unreadable)?;
    Ok((text, about))
}

/// Writes a key file that appears whole or not at all, also after a power cut. The
/// caller holds the directory's lock, so `draft` is nobody else's.
pub(super) fn write(path: &Path, draft: &Path, text: &str) -> Result<(), KeyError> {
    let written = write_draft(draft, text)
        .and_then(|()| fs::rename(draft, path))
        .and_then(|()| sync_parent(path));
    written.map_err(|cause| KeyError::unwritable(path, cause))
}

/// Starts afresh, also when a crash left a draft: a file keeps the mode it was made with.
fn write_draft(draft: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Deletes a key file for good.
pub(super) fn remove(path: &Path) -> Result<(), KeyError> {
    fs::remove_file(path)
        .and_then(|()| sync_parent(path))
        .map_err(|cause| KeyError::unwritable(path, cause))
}

/// Whether root has put the file there for a group to read, as orchestrators hand secrets to
/// users of containers and of services, who can't own them. What is one's own needs no group.
fn is_handed_over(about: &Metadata) -> bool {
    about.uid() == 0 && about.mode() & 0o037 == 0 && !geteuid().is_root()
}

/// Refuses what other users may read or change; `mode` is what it should be.
pub(super) fn check_private(
    path: &Path,
    about: &Metadata,
    mode: &'static str,
) -> Result<(), KeyError> {
    if about.mode() & 0o077 == 0 {
        return Ok(());
    }
    let path = path.to_owned();
    Err(KeyError::Exposed { path, mode })
}

/// A new, renamed or deleted file is only sure to be so when its directory is on disk.
fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
