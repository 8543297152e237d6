//! What is known about a service before it runs.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use rustix::process::Signal;

use crate::{Need, Place, Software};

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
    /// What has to be on the machine.
    pub software: Software,
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

    /// Whether it can start on this machine.
    pub fn is_installed(&self) -> bool {
        self.software.is_installed()
    }

    /// The service as something to install.
    pub fn need(&'static self) -> Need {
        Need {
            name: self.name,
            variable: self.url.name,
            software: &self.software,
        }
    }

    /// The folder that has all its programs, when nothing is missing.
    pub(crate) fn find(&self) -> Result<PathBuf> {
        let programs = self.software.find().filter(|_| self.is_installed());
        programs.with_context(|| format!("{} is not installed", self.name))
    }
}
