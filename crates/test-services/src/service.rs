//! What is known about a service before it runs.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, anyhow};
use rustix::process::Signal;

use crate::Place;

/// A variable of the environment that tells tests about a running server.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    pub(crate) value: fn(&Place) -> String,
}

impl Variable {
    fn is_set(&self) -> bool {
        env::var_os(self.name).is_some_and(|value| !value.is_empty())
    }
}

/// A service that tests need: how to find, install and start its server.
#[derive(Debug)]
pub struct Service {
    /// The name people know it by.
    pub name: &'static str,
    /// Tells tests its URL.
    pub url: Variable,
    /// Tells tests what they need beside the URL.
    pub also: &'static [Variable],
    /// The Debian packages that bring it.
    pub packages: &'static [&'static str],
    /// Its programs, all in one folder.
    pub(crate) programs: &'static [&'static str],
    /// Folders that may have them although `PATH` does not name them, the best first.
    pub(crate) folders: fn() -> Vec<PathBuf>,
    /// Readies the place of a server that never ran.
    pub(crate) prepare: fn(&Place) -> Result<()>,
    /// The command that is the server and stays in the foreground.
    pub(crate) command: fn(&Place) -> Command,
    /// Whether the server answers.
    pub(crate) is_ready: fn(&Place) -> bool,
    /// Ends the server in good order, so that it finds its data again.
    pub(crate) stop: Signal,
    /// Ends the server fast, whatever becomes of its data.
    pub(crate) discard: Signal,
}

impl Service {
    /// All variables that tell tests about it.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        std::iter::once(&self.url).chain(self.also)
    }

    /// Whether the environment already names a running server.
    pub fn is_given(&self) -> bool {
        self.variables().all(Variable::is_set)
    }

    /// Whether its programs are on this machine.
    pub fn is_installed(&self) -> bool {
        self.find().is_ok()
    }

    /// The folder that has all its programs.
    pub(crate) fn find(&self) -> Result<PathBuf> {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path)
            .chain((self.folders)())
            .find(|folder| self.programs.iter().all(|one| folder.join(one).is_file()))
            .ok_or_else(|| anyhow!("{} is not installed", self.name))
    }
}
