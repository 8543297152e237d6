//! What has to be on a machine before a server can start or a tool can run.

use std::env;
use std::path::PathBuf;

use crate::Modules;

/// Programs and npm packages, and how to get them.
#[derive(Debug)]
pub struct Software {
    /// The Debian packages that bring the programs.
    pub packages: &'static [&'static str],
    /// What comes from npm.
    pub modules: Option<&'static Modules>,
    /// The programs, all in one folder.
    pub(crate) programs: &'static [&'static str],
    /// Folders that may have them although `PATH` does not name them, the best first.
    pub(crate) folders: fn() -> Vec<PathBuf>,
}

/// Something that tests need and that a machine may lack.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// The name people know it by.
    pub name: &'static str,
    /// The variable of the environment that names it when it is elsewhere.
    pub variable: &'static str,
    /// What it consists of.
    pub software: &'static Software,
}

impl Software {
    /// Programs on `PATH`.
    pub(crate) const fn debian(
        packages: &'static [&'static str],
        programs: &'static [&'static str],
    ) -> Self {
        Self {
            packages,
            modules: None,
            programs,
            folders: Vec::new,
        }
    }

    /// Packages from npm, with Node to run them and npm to get them.
    pub(crate) const fn npm(modules: &'static Modules) -> Self {
        Self {
            modules: Some(modules),
            ..Self::debian(&["nodejs", "npm"], &["node", "npm"])
        }
    }

    /// Whether all of it is on this machine.
    pub fn is_installed(&self) -> bool {
        self.has_programs() && self.modules.is_none_or(Modules::is_installed)
    }

    /// Whether its programs are on this machine.
    pub fn has_programs(&self) -> bool {
        self.find().is_some()
    }

    /// The folder that has all its programs.
    pub(crate) fn find(&self) -> Option<PathBuf> {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path)
            .chain((self.folders)())
            .find(|folder| self.programs.iter().all(|one| folder.join(one).is_file()))
    }
}
