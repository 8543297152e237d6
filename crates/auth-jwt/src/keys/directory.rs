//! A directory of key files. Its listing is the ring: there is no index that could
//! disagree with the files, and each change is one rename or one deletion.

use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use auth_core::Timestamp;
use uuid::Uuid;

use super::{Key, KeyError, Keys, material, private_file};
use crate::Algorithm;

/// Held while the ring is changed.
const LOCK: &str = ".lock";

/// What a new file is called until it is whole.
const DRAFT: &str = ".draft";

/// The directory, which only its owner may enter.
#[derive(Debug)]
pub(super) struct Directory(PathBuf);

impl Directory {
    /// Makes the directory unless it is there.
    pub(super) fn open(path: &Path) -> Result<Self, KeyError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|cause| KeyError::unwritable(path, cause))?;
        let about = path.metadata();
        let about = about.map_err(|cause| KeyError::unreadable(path, cause))?;
        private_file::check_private(path, &about, "700")?;
        Ok(Self(path.to_owned()))
    }

    /// Reads the ring. Files never change, so the keys that are known are not read again.
    ///
    /// # Errors
    /// When the directory can't be listed, or when `on_bad_file` says so.
    pub(super) fn load(
        &self,
        known: &Keys,
        mut on_bad_file: impl FnMut(KeyError) -> Result<(), KeyError>,
    ) -> Result<Keys, KeyError> {
        let mut keys = vec![];
        for name in self.names()? {
            let same = |key: &&Arc<Key>| name == KeyName::of(key);
            match known.iter().find(same) {
                Some(key) => keys.push(Arc::clone(key)),
                None => match self.read(&name) {
                    Ok(key) => keys.extend(key.map(Arc::new)),
                    Err(bad) => on_bad_file(bad)?,
                },
            }
        }
        Ok(Keys::new(keys))
    }

    /// Changes the ring while no other process does.
    pub(super) fn locked<T>(
        &self,
        change: impl FnOnce() -> Result<T, KeyError>,
    ) -> Result<T, KeyError> {
        let path = self.0.join(LOCK);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let lock = options.open(&path).and_then(|file| {
            file.lock()?;
            Ok(file)
        });
        let _held: File = lock.map_err(|cause| KeyError::unwritable(&path, cause))?;
        change()
    }

    /// Makes a key and keeps it.
    pub(super) fn add(&self, algorithm: Algorithm, created_at: Timestamp) -> Result<Key, KeyError> {
        let failed = KeyError::Crypto { task: "make a key" };
        let text = material::generate(algorithm).map_err(|_| failed.clone())?;
        let secret_kid = Uuid::now_v7().to_string();
        let key = Key::parse(algorithm, &text, &secret_kid, created_at).map_err(|_| failed)?;
        let path = self.path_of(&KeyName::of(&key));
        private_file::write(&path, &self.0.join(DRAFT), &text)?;
        Ok(key)
    }

    /// Deletes a key.
    pub(super) fn remove(&self, key: &Key) -> Result<(), KeyError> {
        private_file::remove(&self.path_of(&KeyName::of(key)))
    }

    /// The names of the key files; whatever else lies about is none of ours.
    fn names(&self) -> Result<Vec<KeyName>, KeyError> {
        let unreadable = |cause| KeyError::unreadable(&self.0, cause);
        let mut names = vec![];
        for entry in self.0.read_dir().map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            names.extend(name.to_str().and_then(|name| name.parse::<KeyName>().ok()));
        }
        Ok(names)
    }

    /// The key in a file; nothing when the file was deleted a moment ago.
    fn read(&self, name: &KeyName) -> Result<Option<Key>, KeyError> {
        let path = self.path_of(name);
        let text = match private_file::read(&path) {
            Ok((text, _)) => text,
            Err(KeyError::Unreadable { cause, .. }) if cause.kind() == ErrorKind::NotFound => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let key = parse(&path, name.algorithm, &text, &name.kid, name.created_at)?;
        if key.kid() != name.kid {
            return Err(KeyError::Misnamed { path });
        }
        Ok(Some(key))
    }

    fn path_of(&self, name: &KeyName) -> PathBuf {
        self.0.join(name.to_string())
    }
}

/// Reads the content of a key file.
pub(super) fn parse(
    path: &Path,
    algorithm: Algorithm,
    text: &str,
    secret_kid: &str,
    created_at: Timestamp,
) -> Result<Key, KeyError> {
    if algorithm == Algorithm::Hs256 && text.starts_with('\u{feff}') {
        let path = path.to_owned();
        return Err(KeyError::Marked { path });
    }
    Key::parse(algorithm, text, secret_kid, created_at).map_err(|fault| KeyError::Unfit {
        path: path.to_owned(),
        fault,
        remedy: material::remedy(algorithm),
    })
}

/// What a key file is called: `{created_at}.{algorithm}.{kid}.key`, the time in
/// milliseconds, so that a plain listing shows the oldest key first.
#[derive(Debug, PartialEq, Eq)]
struct KeyName {
    created_at: Timestamp,
    algorithm: Algorithm,
    kid: String,
}

impl KeyName {
    fn of(key: &Key) -> Self {
        Self {
            created_at: key.created_at(),
            algorithm: key.algorithm(),
            kid: key.kid().to_owned(),
        }
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let created_at = self.created_at.as_millis();
        write!(f, "{created_at}.{}.{}.key", self.algorithm, self.kid)
    }
}

impl FromStr for KeyName {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let parts: Vec<&str> = name.split('.').collect();
        let [created_at, algorithm, kid, "key"] = parts[..] else {
            return Err(());
        };
        let created_at = created_at.parse().map_err(|_| ())?;
        Ok(Self {
            created_at: Timestamp::from_millis(created_at),
            algorithm: algorithm.parse().map_err(|_| ())?,
            kid: kid.to_owned(),
        })
    }
}
