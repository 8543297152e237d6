//! Files that appear whole or not at all.

use std::io::{self, Write as _};
use std::path::Path;

use auth_core::mail::MailError;
use tempfile::NamedTempFile;

/// Writes a file under a temporary name, syncs it and renames it, so that nobody ever
/// reads half of it. A file of that name is replaced. Only its owner may read it: mails
/// carry secrets.
pub(crate) fn write_whole(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut file = NamedTempFile::new_in(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(dir.join(name))?;
    Ok(())
}

/// Does blocking work off the async threads.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|failed| Err(io::Error::other(failed)))
}

/// A full or unreachable disk may be better later.
pub(crate) fn transient(error: io::Error) -> MailError {
    MailError::Transient(Box::new(error))
}
