//! Whether the encryption keys are those of the database, and who can read them.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use auth_core::factor::Cipher;
use auth_server::{Settings, config};
use auth_store::migrate;
use url::Url;

use super::super::backup::encryption::{self, Encrypted};
use super::finding::Finding;

const CHECK: &str = "encryption key";

/// Looks at the file, of which none is made, and at what the database needs it for.
pub async fn look(settings: &Settings) -> Finding {
    let file = encryption::file_of(settings);
    let cipher = match encryption::read(&file) {
        Ok(cipher) => cipher,
        Err(error) => return unusable(&file, &format!("{error:#}")),
    };
    let encrypted = encrypted(settings).await.unwrap_or_default();
    let lack = judge(&file, cipher.as_ref(), &encrypted);
    lack.unwrap_or_else(|| match cipher {
        Some(_) => judge_file(&file),
        None if settings.factors.encryption_key_file.is_some() => {
            unusable(&file, "it is not there")
        }
        None => Finding::ok(CHECK, "none yet: a server makes it"),
    })
}

/// What the database holds, unless it can't be asked: that is told where the schema is looked at.
async fn encrypted(settings: &Settings) -> Option<Encrypted> {
    let any = Url::parse("http://localhost").ok()?;
    let stores = config(settings, any).ok()?.stores;
    let file = stores.database.sqlite_file();
    if file.is_some_and(|file| !file.exists()) {
        return None;
    }
    let pending = migrate::pending(&stores.database).await.ok()?;
    if !pending.is_empty() {
        return None;
    }
    let encrypted = Encrypted::of(&stores.database, &stores.database_config);
    encrypted.await.ok()
}

fn judge_file(file: &Path) -> Finding {
    let shown = file.display();
    match fs::metadata(file) {
        Ok(about) if about.mode() & 0o007 != 0 => Finding::problem(
            CHECK,
            format!("everybody on this machine can read {shown}"),
            format!("run `chmod 600 {shown}`"),
        ),
        Ok(_) => Finding::ok(
            CHECK,
            format!("{shown}; keep a copy of it with the backups"),
        ),
        Err(error) => unusable(file, &error.to_string()),
    }
}

fn unusable(file: &Path, why: &str) -> Finding {
    Finding::problem(
        CHECK,
        format!("{} can't be used: {why}", file.display()),
        "restore it from a backup, or, where nothing is encrypted yet, make it with `authctl \
         encryption new-key`",
    )
}

/// What is wrong with keys for a database that holds this.
fn judge(file: &Path, cipher: Option<&Cipher>, encrypted: &Encrypted) -> Option<Finding> {
    let key = encryption::missing(cipher, &encrypted.keys)?;
    let consequence = match encrypted.has_seeds {
        true => "people have authenticator apps under it, and no server starts without it",
        false => "secrets of webhooks are under it, so that nothing is delivered to them",
    };
    let found = format!(
        "the database is encrypted under the key {key}, which {} lacks: {consequence}",
        file.display()
    );
    let remedy = "give all servers of the database the --encryption-key-file that has it, or \
                  restore the file from a backup";
    Some(Finding::problem(CHECK, found, remedy))
}

#[cfg(test)]
mod tests {
    use auth_core::factor::CipherKey;

    use super::super::finding::Level;
    use super::*;

    #[test]
    fn a_key_that_the_database_needs_has_to_be_there() {
        let file = Path::new("encryption.key");
        let [own, other] = [CipherKey::generate(), CipherKey::generate()];
        let needing = |key: &CipherKey, has_seeds| Encrypted {
            keys: vec![key.id().clone()],
            has_seeds,
        };
        let (wanted, cipher) = (needing(&own, true), Cipher::new(own));
        assert_eq!(judge(file, Some(&cipher), &wanted), None);
        assert_eq!(judge(file, None, &Encrypted::default()), None);
        for (cipher, has_seeds, told) in [
            (Some(&cipher), true, "no server starts"),
            (None, false, "webhooks"),
        ] {
            let wrong = judge(file, cipher, &needing(&other, has_seeds)).unwrap();
            assert_eq!(wrong.level, Level::Problem);
            assert!(wrong.found.contains(told), "{wrong:?}");
            assert!(wrong.found.contains(other.id().as_str()), "{wrong:?}");
        }
    }
}
