//! The head of SQLite's wal-index, by which every process knows the latest commit.
//!
//! The file beside the database whose name ends in `-shm` begins with a header that each commit
//! changes before it returns, whoever commits: a server of another version, or a person with a
//! shell. It holds a counter of transactions, the checksum of the last frame and the salts of
//! the log (<https://sqlite.org/walformat.html>, 2.1). To read its 48 bytes takes a quarter
//! of a microsecond, where `PRAGMA data_version`, which tells the same, takes ten times that.

use std::fs::File;
use std::io;
use std::path::Path;

/// The bytes of the first copy of the header.
pub(super) type Header = [u8; 48];

/// The head of a wal-index that some connection of this process holds open.
pub(super) struct WalIndex(&'static File);

impl WalIndex {
    /// Opens that of a database file, which a connection must have read from before and must
    /// keep open for as long as this is used.
    ///
    /// # Errors
    /// When the file can't be opened.
    pub(super) fn open(database: &Path) -> io::Result<Self> {
        let mut path = std::fs::canonicalize(database)?.into_os_string();
        path.push("-shm");
        kept::open(Path::new(&path)).map(Self)
    }

    /// The header as it is now; `None` when there is none, or it can't be read.
    #[cfg(unix)]
    pub(super) fn header(&self) -> Option<Header> {
        use std::os::unix::fs::FileExt as _;

        let mut header = [0; size_of::<Header>()];
        self.0.read_exact_at(&mut header, 0).ok()?;
        Some(header)
    }

    /// Elsewhere a file that is mapped into memory may be read late: nothing is known then, and
    /// the database is asked each time.
    #[cfg(not(unix))]
    pub(super) fn header(&self) -> Option<Header> {
        let _ = self.0;
        None
    }
}

/// Files that stay open until the process ends. To close one would take away the locks that
/// SQLite has on it through a file of its own: they belong to the process (POSIX, `fcntl`).
mod kept {
    use std::collections::HashMap;
    use std::fs::File;
    use std::io;
    use std::path::Path;
    use std::sync::{Mutex, PoisonError};

    /// What names a file, whatever its path.
    #[cfg(unix)]
    fn name(path: &Path) -> io::Result<(u64, u64)> {
        use std::os::unix::fs::MetadataExt as _;

        let about = std::fs::metadata(path)?;
        Ok((about.dev(), about.ino()))
    }

    #[cfg(not(unix))]
    fn name(path: &Path) -> io::Result<std::path::PathBuf> {
        Ok(path.to_owned())
    }

    /// Opens a file, once however often it is asked for.
    pub(super) fn open(path: &Path) -> io::Result<&'static File> {
        static OPEN: Mutex<Option<HashMap<Name, &'static File>>> = Mutex::new(None);
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let open = open.get_or_insert_default();
        let name = name(path)?;
        if let Some(file) = open.get(&name) {
            return Ok(file);
        }
        let file: &'static File = Box::leak(Box::new(File::open(path)?));
        open.insert(name, file);
        Ok(file)
    }

    #[cfg(unix)]
    type Name = (u64, u64);
    #[cfg(not(unix))]
    type Name = std::path::PathBuf;
}
