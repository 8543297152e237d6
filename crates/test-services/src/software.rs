//! What has to be on a machine before a server can start or a tool can run.

use std::env;
use std::path::PathBuf;

use crate::Packages;

/// Programs and packages of other languages, and how to get them.
#[derive(Debug)]
pub struct Software {
    /// The Debian packages that bring the programs.
    pub packages: &'static [&'static str],
    /// What comes from the registry of another language.
    pub library: Option<&'static Packages>,
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
            library: None,
            programs,
            folders: Vec::new,
        }
    }

    /// Packages from npm, with Node to run them and npm to get them.
    pub(crate) const fn npm(packages: &'static Packages) -> Self {
        Self {
            library: Some(packages),
            ..Self::debian(&["nodejs", "npm"], &["node", "npm"])
        }
    }

    /// Packages from PyPI, with Python to run them and pip to get them.
    pub(crate) const fn pypi(packages: &'static Packages) -> Self {
        Self {
            library: Some(packages),
            ..Self::debian(&["python3", "python3-pip"], &["python3", "pip3"])
        }
    }

    /// Whether all of it is on this machine.
    pub fn is_installed(&self) -> bool {
        self.has_programs() && self.library.is_none_or(Packages::is_installed)
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
