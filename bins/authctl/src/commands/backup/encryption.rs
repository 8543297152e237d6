//! The keys that a database is encrypted under, and whether a file holds them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use auth_core::factor::{Cipher, KeyId};
use auth_core::{FactorStore, WebhookStore};
use auth_server::Settings;
use auth_store::{Database, DatabaseConfig, DatabaseUrl};

use super::DATABASE;
use crate::failure::Failure;

/// What the file of keys is called in a backup and in a data dir.
pub const ENCRYPTION_KEY: &str = "encryption.key";

/// Where the settings say that the keys are.
pub fn file_of(settings: &Settings) -> PathBuf {
    let given = settings.factors.encryption_key_file.clone();
    given.unwrap_or_else(|| settings.data_dir.join(ENCRYPTION_KEY))
}

/// What a database holds that is encrypted.
#[derive(Debug, Default)]
pub struct Encrypted {
    /// The keys that are needed to read it, first the one that servers have to have; none when
    /// nothing is encrypted.
    pub keys: Vec<KeyId>,
    /// Whether anybody has an authenticator app: no server starts without the key then.
    pub has_seeds: bool,
}

impl Encrypted {
    /// In a database whose schema is there.
    ///
    /// # Errors
    /// When it can't be asked.
    pub async fn of(url: &DatabaseUrl, config: &DatabaseConfig) -> anyhow::Result<Self> {
        let database = Database::connect(url, config).await?;
        let seeds = database.seeds(None, 1).await?;
        let webhooks = WebhookStore::secrets(&database).await?;
        let seed = seeds.iter().map(|(_, _, seed)| seed);
        let secrets = webhooks.iter().map(|(_, secrets)| &secrets.current);
        let used = seed.chain(secrets).filter_map(|text| KeyId::of_text(text));
        let mut keys: Vec<_> = used.collect();
        // Whoever has encrypted something has named a key, so that this changes nothing.
        if let Some(any) = keys.first() {
            keys.insert(0, database.encryption_key(any).await?);
        }
        Ok(Self {
            keys,
            has_seeds: !seeds.is_empty(),
        })
    }
}

/// What a copy of a SQLite file holds that is encrypted. Another copy, made beside it for that
/// long, is asked, so that the file stays as it is.
///
/// # Errors
/// When it can't be copied or asked, as one of an earlier version can't.
pub async fn in_copy(copy: &Path, beside: &Path) -> anyhow::Result<Encrypted> {
    let folder = tempfile::tempdir_in(beside)?;
    let file = folder.path().join(DATABASE);
    fs::copy(copy, &file)?;
    Encrypted::of(&DatabaseUrl::sqlite(&file), &DatabaseConfig::default()).await
}

/// Reads a file of keys; gives nothing when it is not there.
///
/// # Errors
/// When it can't be read or holds something else.
pub fn read(file: &Path) -> anyhow::Result<Option<Cipher>> {
    if !file.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(file)?;
    Ok(Some(Cipher::parse(&text)?))
}

/// The first of these keys that is not among those of a file.
pub fn missing<'k>(cipher: Option<&Cipher>, needed: &'k [KeyId]) -> Option<&'k KeyId> {
    let is_held = |id: &KeyId| cipher.is_some_and(|cipher| cipher.keys().any(|key| key.id() == id));
    needed.iter().find(|id| !is_held(id))
}

/// Refuses a file that lacks one of these keys.
///
/// # Errors
/// A sentence with this remedy.
pub fn must_hold(file: &Path, needed: &[KeyId], remedy: &str) -> anyhow::Result<()> {
    if needed.is_empty() {
        return Ok(());
    }
    let shown = file.display();
    let cipher = read(file).with_context(|| format!("{shown} can't be used as keys"))?;
    let Some(key) = missing(cipher.as_ref(), needed) else {
        return Ok(());
    };
    let state = match cipher {
        Some(_) => format!("which {shown} does not hold"),
        None => format!("and {shown} is not there"),
    };
    let message = format!("the database is encrypted under the key {key}, {state}: {remedy}");
    Err(Failure::failed("wrong_key", message).into())
}

#[cfg(test)]
mod tests {
    use auth_core::factor::CipherKey;

    use super::*;

    #[test]
    fn every_key_that_is_needed_has_to_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(ENCRYPTION_KEY);
        let [own, other] = [CipherKey::generate(), CipherKey::generate()];
        let refusal = |needed: &[&CipherKey]| {
            let needed: Vec<_> = needed.iter().map(|key| key.id().clone()).collect();
            let refused = must_hold(&file, &needed, "mend it").err();
            refused.map(|error| format!("{error:#}"))
        };
        assert_eq!(refusal(&[]), None);
        let absent = refusal(&[&own]).unwrap();
        assert!(absent.contains("is not there"), "{absent}");
        fs::write(&file, &*own.reveal()).unwrap();
        assert_eq!(refusal(&[&own]), None);
        let wrong = refusal(&[&own, &other]).unwrap();
        assert!(wrong.contains(other.id().as_str()), "{wrong}");
        assert!(wrong.ends_with("mend it."), "{wrong}");
        fs::write(&file, "nonsense").unwrap();
        assert_eq!(refusal(&[]), None);
        assert!(refusal(&[&own]).unwrap().contains("can't be used"));
    }
}
