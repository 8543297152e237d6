//! What a server keeps in its data dir.

use std::path::Path;

use anyhow::{Context as _, ensure};
use auth_core::factor::Cipher;
use tracing::warn;

use crate::settings::Settings;

/// Makes a directory that only this user may enter.
pub(crate) fn create_private_dir(dir: &Path) -> anyhow::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).with_context(|| {
        format!(
            "--data-dir {} can't be made: name a folder that this user may write to, or have \
                 nothing kept there (--database-url postgres://…, --mail smtp://…)",
            dir.display()
        )
    })
}

/// The keys that seeds are encrypted under. The file in the data dir is made when that can be
/// written to; who named a file wants that one.
pub fn encryption_keys(settings: &Settings) -> anyhow::Result<Option<Cipher>> {
    if let Some(file) = &settings.factors.encryption_key_file {
        ensure!(
            file.exists(),
            "--encryption-key-file {0} is not there: make it, for this user only, with \
             `authctl encryption new-key > {0}`",
            file.display()
        );
        let keys = comprehensive_auth::encryption_keys(file);
        return keys
            .map(Some)
            .context("--encryption-key-file can't be used");
    }
    let file = settings.data_dir.join("encryption.key");
    let keys = create_private_dir(&settings.data_dir)
        .and_then(|()| Ok(comprehensive_auth::encryption_keys(&file)?));
    match keys {
        Ok(keys) => Ok(Some(keys)),
        Err(error) if file.exists() => Err(error),
        Err(error) => {
            warn!("authenticator apps are off, for want of --encryption-key-file: {error:#}");
            Ok(None)
        }
    }
}
