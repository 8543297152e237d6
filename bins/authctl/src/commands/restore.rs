//! `authctl restore`: a backup, put where servers find it.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use auth_server::database_url;
use auth_store::backup;
use clap::Args;
use serde::Serialize;

use super::Context;
use super::backup::{DATABASE, Keys, copy_keys, copy_secret, keys};
use crate::answer::Answer;
use crate::failure::Failure;

/// Put what `authctl backup` has copied where the settings say that it is kept. Nothing that is
/// there is replaced, so no server can be running on it.
#[derive(Args)]
pub struct Command {
    /// The folder that `authctl backup` made.
    folder: PathBuf,
}

#[derive(Serialize)]
struct Restored {
    restored: Vec<PathBuf>,
}

/// A part of a backup, and where it goes.
struct Part {
    from: PathBuf,
    to: PathBuf,
}

impl Command {
    /// Puts everything back.
    ///
    /// # Errors
    /// When there is something in its place, or the backup is not sound; then nothing is done.
    pub async fn run(&self, context: &Context) -> anyhow::Result<Answer> {
        let parts = self.parts(context)?;
        let database = self.folder.join(DATABASE);
        let (databases, keys): (Vec<_>, Vec<_>) =
            parts.iter().partition(|part| part.from == database);
        for part in &parts {
            must_be_free(&part.to)?;
        }
        for part in &databases {
            backup::check(&part.from).await?;
        }
        // Last, so that no server starts on a database without its keys.
        for part in keys {
            restore_keys(part).with_context(|| format!("{}", part.to.display()))?;
        }
        for part in databases {
            restore_file(part).with_context(|| format!("{}", part.to.display()))?;
        }
        let restored: Vec<_> = parts.into_iter().map(|part| part.to).collect();
        let names: Vec<_> = restored.iter().map(|to| to.display().to_string()).collect();
        let text = format!("Restored {}.", names.join(", "));
        Answer::new(&Restored { restored }, text)
    }

    /// What the backup holds.
    fn parts(&self, context: &Context) -> anyhow::Result<Vec<Part>> {
        let url = database_url(&context.settings)?;
        let from = |name: &str| self.folder.join(name);
        let database = url.sqlite_file().map(|file| Part {
            from: from(DATABASE),
            to: file.to_owned(),
        });
        let keys = keys(&context.servers).into_iter();
        let keys = keys.map(|Keys { name, place }| Part {
            from: from(name),
            to: place,
        });
        let parts = database.into_iter().chain(keys);
        let parts: Vec<_> = parts.filter(|part| part.from.exists()).collect();
        self.must_be_all(&parts)?;
        Ok(parts)
    }

    /// Refuses to leave a part of the backup out.
    fn must_be_all(&self, parts: &[Part]) -> anyhow::Result<()> {
        let entries = self.folder.read_dir().into_iter().flatten();
        for entry in entries {
            let path = entry?.path();
            ensure!(
                parts.iter().any(|part| part.from == path),
                "{} has no place under these settings: give those that the backup was made with",
                path.display()
            );
        }
        if parts.is_empty() {
            let message = format!("there is no backup in {}", self.folder.display());
            return Err(Failure::not_found(message).into());
        }
        Ok(())
    }
}

/// Refuses to replace anything, SQLite's log beside a file included: it would be taken for one of
/// the new file.
fn must_be_free(place: &Path) -> anyhow::Result<()> {
    let log = |end: &str| {
        let mut name = place.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let taken = [place.to_owned(), log("-wal"), log("-shm")];
    match taken.iter().find(|path| path.exists()) {
        None => Ok(()),
        Some(path) => {
            let path = path.display();
            let message = format!("{path} is there already: stop the servers and move it away");
            Err(Failure::failed("already_there", message).into())
        }
    }
}

/// Copies a file under another name first, so that it is there as a whole or not at all.
fn restore_file(part: &Part) -> io::Result<()> {
    let folder = make_folder(&part.to)?;
    let draft = folder.join(".restoring");
    if draft.exists() {
        fs::remove_file(&draft)?;
    }
    copy_secret(&part.from, &draft)?;
    fs::rename(&draft, &part.to)?;
    fs::File::open(folder)?.sync_all()
}

fn restore_keys(part: &Part) -> io::Result<()> {
    if part.from.is_file() {
        return restore_file(part);
    }
    let folder = make_folder(&part.to)?;
    let name = part.to.file_name().unwrap_or_default().to_string_lossy();
    copy_keys(&part.from, folder, &name).map(drop)
}

fn make_folder(of: &Path) -> io::Result<&Path> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    Ok(folder)
}
