//! What a process is started with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::child::Process;
use super::output::Output;
use super::program::Program;

/// How long a command may take that is to end by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// A binary with its arguments and its environment; nothing is inherited.
#[derive(Clone, Debug)]
pub struct Launch {
    program: Program,
    /// Where the binary is, if not where cargo builds it from this workspace.
    elsewhere: Option<PathBuf>,
    words: Vec<String>,
    flags: BTreeMap<String, String>,
    env: BTreeMap<String, String>,
}

/// A process that ended by itself.
#[derive(Debug)]
pub struct Ended {
    /// How.
    pub status: ExitStatus,
    /// What it printed.
    pub output: Output,
}

impl Launch {
    /// A binary with its defaults.
    pub fn of(program: Program) -> Self {
        Self {
            program,
            elsewhere: None,
            words: vec![],
            flags: BTreeMap::new(),
            env: BTreeMap::new(),
        }
    }

    /// A server that is quick to work with: cheap hashing, no limits, and mail without
    /// delay.
    pub fn quick(program: Program) -> Self {
        let settings = [
            ("--argon2", "m=64,t=1,p=1"),
            ("--limits", "off"),
            ("--mail-poll", "20ms"),
            ("--mail-retry", "50ms"),
            ("--mail-lease", "2s"),
        ];
        let launch = Self::of(program);
        settings
            .into_iter()
            .fold(launch, |launch, (flag, value)| launch.flag(flag, value))
    }

    /// Takes the program from this file, such as one of an earlier version.
    #[must_use]
    pub fn from_file(mut self, binary: &Path) -> Self {
        self.elsewhere = Some(binary.to_owned());
        self
    }

    /// Sets a flag; an earlier value gives way.
    #[must_use]
    pub fn flag(mut self, name: &str, value: impl ToString) -> Self {
        self.flags.insert(name.to_owned(), value.to_string());
        self
    }

    /// Adds arguments that stand before the flags.
    #[must_use]
    pub fn words<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        self.words.extend(words.into_iter().map(str::to_owned));
        self
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The value of a flag.
    pub fn value(&self, flag: &str) -> Option<&str> {
        self.flags.get(flag).map(String::as_str)
    }

    /// The name of the binary.
    pub fn name(&self) -> &'static str {
        self.program.name()
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// When it can't be started, or does not end within a minute; then it is killed.
    pub async fn run(&self) -> Result<Ended> {
        let output = Output::default();
        let mut process = self.spawn(&output)?;
        let status = process.end(PATIENCE).await;
        let status = status.with_context(|| format!("{self:?}\n{}", output.tail()))?;
        Ok(Ended { status, output })
    }

    /// Starts the process and waits for nothing.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn spawn(&self, output: &Output) -> Result<Process> {
        let mut command = match &self.elsewhere {
            Some(binary) => Command::new(binary),
            None => Command::new(self.program.path()?),
        };
        command.args(&self.words);
        for (flag, value) in &self.flags {
            command.args([flag, value]);
        }
        command.env_clear().envs(&self.env);
        Process::spawn(&mut command, output)
    }
}
