//! `authctl backup`: what a lost machine would take with it.

pub mod encryption;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use auth_store::{DatabaseConfig, DatabaseUrl, backup};
use clap::Args;
use serde::Serialize;

use super::Context;
use super::stores::existing_database;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::server_settings::ServerSettings;
use encryption::{ENCRYPTION_KEY, Encrypted};

/// What the database is called in a backup.
pub const DATABASE: &str = "auth.db";

/// Copy the SQLite file as it is at one moment, while servers write to it, and the keys. Of
/// PostgreSQL copy the keys alone: pg_dump copies the rest.
#[derive(Args)]
pub struct Command {
    /// A folder that is made for it, or an empty one.
    folder: PathBuf,
}

#[derive(Serialize)]
struct Backup<'a> {
    folder: &'a Path,
    files: &'a [String],
    /// Whether the database is among the files.
    database: bool,
    /// Why it is not known whether the keys are those of the database.
    #[serde(skip_serializing_if = "Option::is_none")]
    unchecked: Option<String>,
}

const WRONG_KEYS: &str = "give --encryption-key-file the file of its servers, or nobody can use \
    an authenticator app, and no webhook be signed, once the backup is restored";

/// Keys on this machine.
pub struct Keys {
    /// What they are called in a backup.
    pub name: &'static str,
    /// Where they are: a file, or a folder of them.
    pub place: PathBuf,
}

/// The keys that the settings name, whether they are there or not.
pub fn keys(servers: &ServerSettings) -> [Keys; 2] {
    let (settings, tokens) = (&servers.common, &servers.strategies.jwt);
    [
        Keys {
            name: ENCRYPTION_KEY,
            place: encryption::file_of(settings),
        },
        match &tokens.jwt_key_file {
            Some(file) => Keys {
                name: "jwt.key",
                place: file.clone(),
            },
            None => Keys {
                name: "keys",
                place: settings.data_dir.join("keys"),
            },
        },
    ]
}

impl Command {
    /// Copies everything.
    ///
    /// # Errors
    /// When there is something in the folder, the keys are not those of the database, or a part
    /// can't be copied: the folder then holds the others.
    pub async fn run(&self, context: &Context) -> anyhow::Result<Answer> {
        let url = existing_database(&context.settings)?;
        make_empty(&self.folder)?;
        let mut files = vec![];
        // First, so that keys that come into use meanwhile are in the backup too.
        let unchecked = match url.sqlite_file() {
            Some(file) => {
                files.push(DATABASE.to_owned());
                self.copy_database(file, context).await?
            }
            None => {
                let asked = Encrypted::of(&url, &DatabaseConfig::default()).await;
                check_keys(asked, context)?
            }
        };
        for Keys { name, place } in keys(&context.servers) {
            let copied = copy_keys(&place, &self.folder, name);
            let copied = copied.with_context(|| format!("{} can't be copied", place.display()))?;
            files.extend(copied);
        }
        let shape = Backup {
            folder: &self.folder,
            database: url.sqlite_file().is_some(),
            files: &files,
            unchecked,
        };
        let text = told(&self.folder, &files, &url);
        let text = match &shape.unchecked {
            None => text,
            Some(why) => format!(
                "{text}\nWhether these are the keys of the database could not be found out: {why}"
            ),
        };
        Answer::new(&shape, text)
    }

    /// Copies the SQLite file, unless its keys are elsewhere. Gives why, when it can't be found
    /// out which they are.
    async fn copy_database(
        &self,
        file: &Path,
        context: &Context,
    ) -> anyhow::Result<Option<String>> {
        let copy = self.folder.join(DATABASE);
        let copied = backup::copy(file, &copy).await;
        copied.with_context(|| format!("{} can't be copied", file.display()))?;
        let checked = check_keys(encryption::in_copy(&copy, &self.folder).await, context);
        if checked.is_err() {
            // So that the folder can be used again.
            fs::remove_file(&copy)?;
        }
        checked
    }
}

/// Refuses keys that are not those of the database. When that could not be asked, gives why: a
/// copy is worth having all the same.
fn check_keys(
    asked: anyhow::Result<Encrypted>,
    context: &Context,
) -> anyhow::Result<Option<String>> {
    match asked {
        Ok(encrypted) => {
            let keys = encryption::file_of(&context.settings);
            encryption::must_hold(&keys, &encrypted.keys, WRONG_KEYS)?;
            Ok(None)
        }
        Err(error) => Ok(Some(format!("{error:#}"))),
    }
}

fn told(folder: &Path, files: &[String], url: &DatabaseUrl) -> String {
    let copied = match files {
        [] => "There were no keys to copy.".to_owned(),
        files => format!("Copied {} to {}.", files.join(", "), folder.display()),
    };
    match url.sqlite_file() {
        Some(_) => copied,
        None => format!(
            "{copied}\nThe database is not among it: copy that with `pg_dump --format=custom`, \
             as close to this in time as you can."
        ),
    }
}

fn make_empty(folder: &Path) -> anyhow::Result<()> {
    let shown = folder.display();
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("{shown} can't be made"))?;
    match folder.read_dir()?.next() {
        None => Ok(()),
        Some(_) => {
            let message = format!("{shown} is not empty: name a folder of its own");
            Err(Failure::failed("not_empty", message).into())
        }
    }
}

/// Copies a file of keys, or all of a folder, under this name into a folder; gives what was
/// copied. What is not there is left out.
pub fn copy_keys(place: &Path, folder: &Path, name: &str) -> io::Result<Vec<String>> {
    let to = folder.join(name);
    if place.is_file() {
        copy_secret(place, &to)?;
        return Ok(vec![name.to_owned()]);
    }
    if !place.is_dir() {
        return Ok(vec![]);
    }
    DirBuilder::new().recursive(true).mode(0o700).create(&to)?;
    let mut copied = vec![];
    for file in fs::read_dir(place)? {
        let file = file?.file_name();
        // Locks and drafts are of the moment.
        let Some(key) = file.to_str().filter(|name| !name.starts_with('.')) else {
            continue;
        };
        copy_secret(&place.join(key), &to.join(key))?;
        copied.push(format!("{name}/{key}"));
    }
    File::open(&to)?.sync_all()?;
    copied.sort_unstable();
    Ok(copied)
}

/// Copies a file for its owner alone; one that is there is left as it is.
pub fn copy_secret(from: &Path, to: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut copy = options.write(true).create_new(true).mode(0o600).open(to)?;
    io::copy(&mut File::open(from)?, &mut copy)?;
    copy.sync_all()
}
