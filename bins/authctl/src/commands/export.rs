//! `authctl export`: all users, as `authctl import --from ndjson` takes them.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use auth_core::accounts::admin::Admin;
use clap::Args;
use serde::Serialize;

use super::Context;
use super::stores::open_admin;
use super::user::operator;
use crate::answer::{Answer, CutShort, Format};
use crate::failure::Failure;

/// How many accounts are read at once.
const PAGE: u32 = 500;

/// Write all users with their password hashes and identities, one object of JSON a line.
#[derive(Args)]
pub struct Command {
    /// A file that is made for it, readable for its owner only; without one, standard output.
    file: Option<PathBuf>,
}

#[derive(Serialize)]
struct ExportShape {
    users: u64,
}

impl Command {
    /// Writes them.
    ///
    /// # Errors
    /// When the file can't be made or a store fails: the file then holds a part.
    pub async fn run(&self, context: &Context) -> anyhow::Result<Answer> {
        auth_server::log_to_stderr(context.settings.log, context.settings.log_level.as_deref());
        if self.file.is_none() && context.format == Format::Json {
            let message = "standard output can't hold both the users and one document: name a file";
            return Err(Failure::usage(message).into());
        }
        let admin = open_admin(&context.settings).await?;
        let by = operator();
        let mut out = self.out()?;
        // Before anything is out, or else whoever kills this would have what was written, untold.
        if let Err(error) = admin.begin_export(&by).await {
            self.forget_file()?;
            return Err(error.into());
        }
        let mut users = 0;
        let written = write(&admin, &mut out, &mut users).await;
        let complete = written.is_ok();
        admin.tell_exported(&by, users, complete).await;
        match (written, &self.file) {
            (Ok(()), Some(path)) => {
                let text = format!("Wrote {users} users to {}.", path.display());
                Answer::new(&ExportShape { users }, text)
            }
            (Ok(()), None) => Ok(Answer::Printed),
            (Err(error), None) if error.downcast_ref::<io::Error>().is_none() => {
                Err(CutShort(Failure::from(error)).into())
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Removes the file in which nothing is yet, so that another try finds none.
    fn forget_file(&self) -> io::Result<()> {
        match &self.file {
            Some(path) => std::fs::remove_file(path),
            None => Ok(()),
        }
    }

    /// Where they are written.
    fn out(&self) -> anyhow::Result<BufWriter<Box<dyn Write>>> {
        let out: Box<dyn Write> = match &self.file {
            Some(path) => Box::new(made(path).with_context(|| format!("{}", path.display()))?),
            None => Box::new(io::stdout()),
        };
        Ok(BufWriter::new(out))
    }
}

/// What is written holds every password's hash. A file that is there is not overwritten: it may
/// be the export before.
fn made(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

async fn write(admin: &Admin, out: &mut impl Write, users: &mut u64) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let page = admin.list(after, PAGE).await?;
        for user in &page {
            let identities = admin.identities(user).await?;
            writeln!(out, "{}", auth_import::line(user, &identities)?)?;
            *users += 1;
        }
        match page.last() {
            Some(last) => after = Some(last.id),
            None => break,
        }
    }
    Ok(out.flush()?)
}
