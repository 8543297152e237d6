//! `authctl templates`: what people see and read.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use auth_server::built_in_templates;
use clap::Subcommand;
use serde::Serialize;

use crate::answer::Answer;
use crate::failure::Failure;

/// The templates of pages and mails, and their words.
#[derive(Subcommand)]
pub enum Command {
    /// Write the built-in templates and words into a folder, to change them and give the folder
    /// to --templates. Files that are there already stay, and nothing is written then.
    Export {
        /// The folder; it is made.
        folder: PathBuf,
    },
}

#[derive(Serialize)]
struct Exported {
    files: Vec<&'static str>,
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// When a file is there or can't be written.
    pub fn run(&self) -> anyhow::Result<Answer> {
        let Self::Export { folder } = self;
        export(folder)
    }
}

fn export(folder: &Path) -> anyhow::Result<Answer> {
    let all = built_in_templates();
    let there = all.iter().map(|(name, _)| folder.join(name));
    if let Some(file) = there.into_iter().find(|file| file.exists()) {
        let message = format!(
            "{} is there already; name another folder, or take it away",
            file.display()
        );
        return Err(Failure::failed("file_exists", message).into());
    }
    for (name, content) in &all {
        let file = folder.join(name);
        let parent = file.parent().unwrap_or(folder);
        fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        fs::write(&file, content).with_context(|| file.display().to_string())?;
    }
    let (count, place) = (all.len(), folder.display());
    let text = format!(
        "{count} files are in {place}. Change what you like, take the rest away, and start the \
         servers with --templates {place}."
    );
    let files = all.into_iter().map(|(name, _)| name).collect();
    Answer::new(&Exported { files }, text)
}
