//! The keys that sign and verify tokens.

mod directory;
mod error;
mod info;
mod key;
mod loaded;
mod material;
mod private_file;
mod set;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, UNIX_EPOCH};

use auth_core::Timestamp;
use serde_json::{Value, json};

use crate::Algorithm;
use directory::Directory;
pub use error::KeyError;
pub use info::{KeyInfo, KeyState};
pub(crate) use key::{Key, TOKEN_TYPE};
use loaded::Loaded;
pub(crate) use set::Keys;

/// The id of an HS256 secret that is given by file. It names the only key of its ring
/// and must not depend on the secret, nor differ between servers that share it.
const GIVEN_SECRET_KID: &str = "given";

/// The keys of one or several servers.
///
/// A ring usually lives in a directory that only its owner may enter: one file for each
/// key, PKCS#8 PEM or, for HS256, 32 random bytes in base64. Servers that share the
/// directory share the keys, also those that sign with different algorithms: each signs
/// with the newest key of its own algorithm and verifies with all.
///
/// A ring that is in use looks for changes every five seconds. So a key that another
/// process retired stops verifying within five seconds, and a new key signs after five:
/// by then every server knows it. (A key without an elder of its algorithm signs at
/// once.) While the directory can't be listed nothing verifies, since nobody knows what
/// was retired; the server is unavailable then, and recovers with the directory.
#[derive(Debug)]
pub struct KeyRing {
    source: Source,
    algorithm: Algorithm,
    loaded: RwLock<Loaded>,
}

#[derive(Debug)]
enum Source {
    Directory(Directory),
    File(PathBuf),
}

impl KeyRing {
    /// Opens the ring in a directory. Makes the directory, and a key of this algorithm,
    /// unless they are there; of servers that start at once exactly one makes the key.
    ///
    /// # Errors
    /// When the directory or a file in it is open to other users, unreadable or broken.
    pub fn open(path: &Path, algorithm: Algorithm, now: Timestamp) -> Result<Self, KeyError> {
        let directory = Directory::open(path)?;
        let mut keys = directory.load(&Keys::default(), Err)?;
        if keys.active(algorithm).is_none() {
            keys = directory.locked(|| {
                let keys = directory.load(&keys, Err)?;
                match keys.active(algorithm) {
                    Some(_) => Ok(keys),
                    None => Ok(keys.with(directory.add(algorithm, now)?)),
                }
            })?;
        }
        Ok(Self {
            source: Source::Directory(directory),
            algorithm,
            loaded: RwLock::new(Loaded::new(keys, now)),
        })
    }

    /// A ring of the one key in a file: PKCS#8 PEM, or for HS256 a secret in base64. The
    /// file is read once; to change the key, replace it and start again.
    ///
    /// # Errors
    /// When the file is open to other users, unreadable, or holds no such key or a weak one.
    pub fn from_file(path: &Path, algorithm: Algorithm) -> Result<Self, KeyError> {
        let (text, about) = private_file::read(path)?;
        let changed = about.modified().ok();
        let changed = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let created_at = Timestamp::default() + changed.unwrap_or_default();
        let key = directory::parse(path, algorithm, &text, GIVEN_SECRET_KID, created_at)?;
        let keys = Keys::default().with(key);
        Ok(Self {
            source: Source::File(path.to_owned()),
            algorithm,
            loaded: RwLock::new(Loaded::new(keys, created_at)),
        })
    }

    /// The keys, the oldest first.
    ///
    /// # Errors
    /// When the directory can't be listed.
    pub fn list(&self, now: Timestamp) -> Result<Vec<KeyInfo>, KeyError> {
        Ok(self.current(now)?.infos(self.algorithm))
    }

    /// Makes a new key the active one. The others go on verifying until they are retired.
    ///
    /// # Errors
    /// When the key can't be written, or the ring is a given file.
    pub fn rotate(&self, now: Timestamp) -> Result<KeyInfo, KeyError> {
        let keys = self.change(now, |directory, keys| {
            // A clock that was set back must not make the new key look older.
            let after_all = keys.newest().map(|made| made + Duration::from_millis(1));
            let created_at = after_all.map_or(now, |earliest| earliest.max(now));
            Ok(keys.with(directory.add(self.algorithm, created_at)?))
        })?;
        keys.infos(self.algorithm).pop().ok_or(self.missing())
    }

    /// Deletes a key for good: tokens that it signed are refused from now on, by this
    /// process at once and by others within five seconds.
    ///
    /// # Errors
    /// When there is no such key, or it is the active one, or the ring is a given file.
    pub fn retire(&self, kid: &str, now: Timestamp) -> Result<(), KeyError> {
        self.change(now, |directory, keys| {
            let key = keys.find(kid);
            let key = key.ok_or_else(|| KeyError::Unknown { kid: kid.into() })?;
            let active = keys.active(self.algorithm);
            if active.is_some_and(|active| active.kid() == kid) {
                return Err(KeyError::Active { kid: kid.into() });
            }
            directory.remove(key)?;
            Ok(keys.without(kid))
        })?;
        Ok(())
    }

    /// The set of public keys, for whoever else has to verify tokens (RFC 7517, 5). A
    /// key is in it before it signs. A secret never is: for HS256 alone the set is empty.
    pub fn jwks(&self, now: Timestamp) -> Value {
        let keys = self.loaded(now).keys;
        let keys: Vec<_> = keys.iter().filter_map(|key| key.jwk()).collect();
        json!({ "keys": keys })
    }

    /// The keys that verify.
    pub(crate) fn current(&self, now: Timestamp) -> Result<Arc<Keys>, KeyError> {
        let loaded = self.loaded(now);
        match loaded.fault {
            None => Ok(loaded.keys),
            Some(fault) => Err(fault),
        }
    }

    /// The key that signs.
    pub(crate) fn signing(&self, now: Timestamp) -> Result<Arc<Key>, KeyError> {
        let keys = self.current(now)?;
        let key = keys.signing(self.algorithm, now).cloned();
        key.ok_or(self.missing())
    }

    /// What is known now. Listing a small directory takes some microseconds, and one
    /// caller in five seconds does it, so it is not worth a thread of its own.
    fn loaded(&self, now: Timestamp) -> Loaded {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        let Source::Directory(directory) = &self.source else {
            return loaded.clone();
        };
        if !loaded.is_stale(now) {
            return loaded.clone();
        }
        drop(loaded);
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        if loaded.is_stale(now) {
            loaded.follow(directory, now);
        }
        loaded.clone()
    }

    /// Changes the ring as it is in the directory, and what is known of it.
    fn change(
        &self,
        now: Timestamp,
        change: impl FnOnce(&Directory, Keys) -> Result<Keys, KeyError>,
    ) -> Result<Arc<Keys>, KeyError> {
        let directory = match &self.source {
            Source::Directory(directory) => directory,
            Source::File(path) => return Err(KeyError::Given { path: path.clone() }),
        };
        directory.locked(|| {
            let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
            let keys = loaded.reload(directory)?;
            *loaded = Loaded::new(change(directory, keys)?, now);
            Ok(Arc::clone(&loaded.keys))
        })
    }

    fn missing(&self) -> KeyError {
        KeyError::Missing {
            algorithm: self.algorithm,
        }
    }
}
