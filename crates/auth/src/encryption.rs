//! The file with the keys under which the seeds of authenticator apps are encrypted.

use std::io::{ErrorKind, Write as _};
use std::path::Path;

use auth_core::FactorStore;
use auth_core::factor::{Cipher, CipherKey, KeyId};
use tempfile::NamedTempFile;
use tracing::warn;

use crate::config::StoreConfig;
use crate::error::StartError;
use crate::stores::{OpenStores, refused};

/// Reads keys from a file, one a line, the current one first. One that is not there is made,
/// with a fresh key, which only this user may read.
///
/// # Errors
/// A sentence when it can't be read or made, or holds something else.
pub fn encryption_keys(file: &Path) -> Result<Cipher, StartError> {
    let problem = |error: &dyn std::fmt::Display| {
        let shown = file.display();
        StartError::Setting(format!(
            "the file of encryption keys {shown} can't be used: {error}"
        ))
    };
    match std::fs::read_to_string(file) {
        Ok(text) => Cipher::parse(&text).map_err(|error| problem(&error)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(file).map_err(|error| problem(&error))
        }
        Err(error) => Err(problem(&error)),
    }
}

/// Makes the file; when another process was faster, it is that one's.
fn make(file: &Path) -> std::io::Result<Cipher> {
    let key = CipherKey::generate();
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut draft = NamedTempFile::new_in(folder.unwrap_or_else(|| Path::new(".")))?;
    writeln!(draft, "{}", &*key.reveal())?;
    draft.as_file().sync_all()?;
    match draft.persist_noclobber(file) {
        Ok(_) => Ok(Cipher::new(key)),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
            let text = std::fs::read_to_string(file)?;
            Cipher::parse(&text).map_err(std::io::Error::other)
        }
        Err(error) => Err(error.error),
    }
}

/// The keys, if they are those of the database: all its servers need the same ones. A server
/// with others, or with none, goes on without authenticator apps as long as nobody has one.
pub(crate) async fn of_database(
    cipher: Option<Cipher>,
    stores: &OpenStores,
    config: &StoreConfig,
) -> Result<Option<Cipher>, StartError> {
    let failed = |error| refused(config, "can't be read", error);
    let store: &dyn FactorStore = &*stores.database;
    let Some(cipher) = cipher else {
        let first = store.seeds(None, 1).await.map_err(failed)?;
        return match first.is_empty() {
            true => Ok(None),
            false => Err(StartError::Setting(WITHOUT_KEYS.into())),
        };
    };
    let known = store
        .encryption_key(cipher.current().id())
        .await
        .map_err(failed)?;
    if cipher.keys().any(|key| *key.id() == known) {
        return Ok(Some(cipher));
    }
    let first = store.seeds(None, 1).await.map_err(failed)?;
    match first.is_empty() {
        false => Err(StartError::Setting(sentence(&known))),
        true => {
            warn!("authenticator apps are off here: {}", sentence(&known));
            Ok(None)
        }
    }
}

const WITHOUT_KEYS: &str = "people of this database have authenticator apps, whose seeds are \
    encrypted under keys that this server does not have: give it the --encryption-key-file of the \
    others";

fn sentence(known: &KeyId) -> String {
    format!(
        "the database is encrypted under the key {known}, which this server does not have: \
         give all servers of a database the same --encryption-key-file"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_made_once_and_read_ever_after() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("encryption.key");
        let made = encryption_keys(&file).unwrap();
        let read = encryption_keys(&file).unwrap();
        assert_eq!(made.current().id(), read.current().id());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(&file, "nonsense").unwrap();
        let error = encryption_keys(&file).unwrap_err().to_string();
        assert!(
            error.contains("encryption.key") && error.contains("line 1"),
            "{error}"
        );
    }
}
