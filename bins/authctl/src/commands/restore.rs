//! `authctl restore`: a backup, put where servers find it.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, ensure};
use auth_server::database_url;
use auth_store::backup;
use clap::Args;
use serde::Serialize;

use super::Context;
use super::backup::encryption::{self, ENCRYPTION_KEY};
use super::backup::{DATABASE, Keys, copy_keys, keys};
use crate::answer::Answer;
use crate::failure::Failure;

/// Put what `authctl backup` has copied where the settings say that it is kept. Nothing that is
/// there is replaced, so no server can be running on it.
#[derive(Args)]
pub struct Command {
    /// The folder that `authctl backup` made.
    folder: PathBuf,
}

const MISSING_KEYS: &str = "put the encryption.key that was copied with it back into the backup, \
    or have --encryption-key-file name a file with that key";

#[derive(Serialize)]
struct Restored {
    restored: Vec<PathBuf>,
}

/// A part of a backup, and where it goes.
struct Part {
    from: PathBuf,
    to: PathBuf,
}

/// What this run has made, in order. When it fails, that is removed and nothing else.
#[derive(Default)]
struct Made {
    folders: Vec<PathBuf>,
    /// Copies, under the names that they have until they are put in place and those after.
    copies: Vec<PathBuf>,
}

impl Command {
    /// Puts everything back.
    ///
    /// # Errors
    /// When there is something in its place, the backup is not sound or lacks the keys of its
    /// database, or a part can't be copied. Then nothing is done: what was made is removed again,
    /// or named if that fails too.
    pub async fn run(&self, context: &Context) -> anyhow::Result<Answer> {
        let parts = self.parts(context)?;
        for part in &parts {
            must_be_free(&part.to)?;
        }
        for part in parts.iter().filter(|part| part.is_database()) {
            backup::check(&part.from).await?;
        }
        let mut made = Made::default();
        let keys = self.encryption_keys(context);
        if let Err(error) = restore(&parts, &keys, &mut made).await {
            return Err(made.undone(error));
        }
        let restored: Vec<_> = parts.into_iter().map(|part| part.to).collect();
        let names: Vec<_> = restored.iter().map(|to| to.display().to_string()).collect();
        let text = format!("Restored {}.", names.join(", "));
        Answer::new(&Restored { restored }, text)
    }

    /// The encryption keys that servers will have: those of the backup, or those that are in
    /// place already for one whose keys were kept apart.
    fn encryption_keys(&self, context: &Context) -> PathBuf {
        let in_place = encryption::file_of(&context.settings);
        let of_backup = self.folder.join(ENCRYPTION_KEY);
        match of_backup.exists() || !in_place.exists() {
            true => of_backup,
            false => in_place,
        }
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

/// Copies everything under other names first, since most of what can fail does so there. The file
/// of encryption keys is the one that servers will find.
async fn restore(parts: &[Part], keys: &Path, made: &mut Made) -> anyhow::Result<()> {
    for part in parts {
        let copied = part.copy(made);
        copied.with_context(|| format!("{} can't be copied", part.from.display()))?;
    }
    for part in parts.iter().filter(|part| part.is_database()) {
        // One of an earlier version can't be asked. What its servers lack they say themselves.
        if let Ok(encrypted) = encryption::in_copy(&part.draft(), part.folder()).await {
            encryption::must_hold(keys, &encrypted.keys, MISSING_KEYS)?;
        }
    }
    // The database comes last, so that no server starts on it without its keys.
    for part in parts.iter().rev() {
        // Two parts may have been given one place.
        must_be_free(&part.to)?;
        let put = part.put(made);
        put.with_context(|| format!("{} can't be put in place", part.to.display()))?;
    }
    Ok(())
}

impl Part {
    fn is_database(&self) -> bool {
        self.from.ends_with(DATABASE)
    }

    /// The folder that it goes into.
    fn folder(&self) -> &Path {
        let folder = self.to.parent();
        let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or_else(|| Path::new("."))
    }

    /// What its copy is called until it is put in place. Every part of a backup has another name.
    fn draft_name(&self) -> String {
        let name = self.from.file_name().unwrap_or_default();
        format!(".restoring-{}", name.display())
    }

    fn draft(&self) -> PathBuf {
        self.folder().join(self.draft_name())
    }

    /// Copies it to beside its place.
    fn copy(&self, made: &mut Made) -> io::Result<()> {
        made.folder(self.folder())?;
        let draft = self.draft();
        // A run that was killed has left it.
        remove(&draft)?;
        made.copies.push(draft);
        copy_keys(&self.from, self.folder(), &self.draft_name()).map(drop)
    }

    /// Gives the copy its name, so that it is there as a whole or not at all.
    fn put(&self, made: &mut Made) -> io::Result<()> {
        fs::rename(self.draft(), &self.to)?;
        made.copies.push(self.to.clone());
        File::open(self.folder())?.sync_all()
    }
}

impl Made {
    /// Makes a folder with those that it is in.
    fn folder(&mut self, folder: &Path) -> io::Result<()> {
        let missing = folder.ancestors().filter(|one| !one.as_os_str().is_empty());
        let missing: Vec<_> = missing.take_while(|one| !one.exists()).collect();
        let missing = missing.into_iter().rev();
        self.folders.extend(missing.map(Path::to_owned));
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700).create(folder)
    }

    /// Removes it all, the latest first, and says so where something stays.
    fn undone(self, error: anyhow::Error) -> anyhow::Error {
        let copies = self.copies.into_iter().rev();
        let left: Vec<_> = copies.filter(|copy| remove(copy).is_err()).collect();
        for folder in self.folders.iter().rev() {
            // One that holds something by now is somebody else's too.
            let _ = fs::remove_dir(folder);
        }
        if left.is_empty() {
            return error;
        }
        let left: Vec<_> = left.iter().map(|path| path.display().to_string()).collect();
        // Not as a context, since of a failure only its own words are told.
        anyhow!("{error:#}; {} has to be removed by hand", left.join(", "))
    }
}

/// Removes a file, or a folder with all that is in it, if it is there.
fn remove(path: &Path) -> io::Result<()> {
    let removed = match path.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
