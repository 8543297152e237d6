//! Packages of other languages.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// Packages from a registry, pinned by their hashes and kept in the user's cache.
#[derive(Debug)]
pub struct Packages {
    /// Names them to people.
    pub name: &'static str,
    /// Where they come from.
    pub from: &'static Registry,
    /// Names and contents of the files that pin them.
    pub(crate) pins: &'static [(&'static str, &'static str)],
    /// What the installer has to be told beside, versions included.
    pub(crate) names: &'static [&'static str],
}

/// Where packages come from.
#[derive(Debug)]
pub struct Registry {
    /// The name people know it by.
    pub name: &'static str,
    /// The program that installs what the pins say, in the folder that has them.
    installer: &'static str,
    arguments: &'static [&'static str],
    /// The folder that it makes there.
    folder: &'static str,
}

/// Packages for Node. Nothing of them runs while they are installed.
pub static NPM: Registry = Registry {
    name: "npm",
    installer: "npm",
    arguments: &["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    folder: "node_modules",
};

/// Packages for Python. Nothing of them runs while they are installed.
pub static PYPI: Registry = Registry {
    name: "PyPI",
    installer: "pip3",
    arguments: &[
        "install",
        "--quiet",
        "--require-hashes",
        "--no-deps",
        "--only-binary=:all:",
        "--target=site-packages",
        "--requirement=requirements.txt",
    ],
    folder: "site-packages",
};

/// Programs from crates.io, compiled on this machine by the cargo that runs the tests.
pub static CRATES: Registry = Registry {
    name: "crates.io",
    installer: "cargo",
    arguments: &[
        "install",
        "--quiet",
        "--locked",
        "--debug",
        "--config=profile.dev.debug=false",
        "--root=.",
    ],
    folder: "bin",
};

impl Packages {
    /// Whether they are on this machine.
    pub fn is_installed(&self) -> bool {
        self.folder().is_ok_and(|folder| folder.is_dir())
    }

    /// Gets them from their registry, unless they are here.
    ///
    /// # Errors
    /// When there is no installer or no cache folder, or when the installer fails; it tells
    /// why by itself.
    pub fn install(&self) -> Result<()> {
        if self.is_installed() {
            return Ok(());
        }
        let cache = self.cache()?;
        fs::create_dir_all(&cache)
            .with_context(|| format!("cannot make the folder {}", cache.display()))?;
        let folder = tempfile::tempdir_in(&cache).context("cannot make a folder for packages")?;
        self.install_into(folder.path())?;
        // In place all at once, or not at all; whoever was faster has installed the same.
        let moved = fs::rename(folder.path(), cache.join(self.hash()));
        let name = self.from.installer;
        ensure!(
            self.is_installed(),
            "cannot keep what {name} got: {moved:?}"
        );
        Ok(())
    }

    /// The folder that has them.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        Ok(self.cache()?.join(self.hash()).join(self.from.folder))
    }

    fn install_into(&self, folder: &Path) -> Result<()> {
        for (name, content) in self.pins {
            fs::write(folder.join(name), content)?;
        }
        let name = self.from.installer;
        let status = Command::new(name)
            .args(self.from.arguments)
            .args(self.names)
            .current_dir(folder)
            .stdin(Stdio::null())
            .status()
            .with_context(|| format!("cannot start {name}"))?;
        ensure!(status.success(), "{name} failed ({status})");
        Ok(())
    }

    /// Where this user's packages are, as the XDG Base Directory Specification wants it.
    fn cache(&self) -> Result<PathBuf> {
        let named = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = named.filter(|folder| folder.is_absolute());
        let cache = cache.or_else(|| Some(env::home_dir()?.join(OsStr::new(".cache"))));
        let cache = cache.context("there is no home directory for a cache")?;
        let registry = self.from.name.to_lowercase();
        Ok(cache.join("test-services").join(registry))
    }

    /// Differs as soon as one pinned version does.
    fn hash(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.pins.hash(&mut hasher);
        self.names.hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::{NPM, Packages, Registry};
    use crate::{ALL, TOOLS};

    fn all() -> impl Iterator<Item = &'static Packages> {
        let servers = ALL.into_iter().map(|service| service.need());
        let needs = servers.chain(TOOLS.into_iter().map(|tool| tool.need()));
        needs.filter_map(|need| need.software.library)
    }

    fn pins(from: &Registry) -> impl Iterator<Item = &'static str> {
        let of_registry = all().filter(move |packages| packages.from.name == from.name);
        let pins = of_registry.flat_map(|packages| packages.pins);
        pins.flat_map(|(_, content)| content.lines())
    }

    #[test]
    fn pins_name_no_place_but_the_public_registry() {
        let public = r#""resolved": "https://registry.npmjs.org/"#;
        assert!(all().count() > 0);
        for line in pins(&NPM) {
            let is_remote = line.contains(r#""resolved""#) && line.contains("://");
            assert!(!is_remote || line.contains(public), "{line}");
        }
        for line in pins(&super::PYPI) {
            assert!(!line.contains("://") && !line.contains("--index"), "{line}");
        }
    }

    #[test]
    fn programs_from_crates_io_have_a_version() {
        let crates = all().filter(|packages| packages.from.name == super::CRATES.name);
        let names: Vec<_> = crates.flat_map(|packages| packages.names).collect();
        assert!(!names.is_empty() && names.iter().all(|name| name.contains('@')));
    }

    #[test]
    fn other_versions_live_in_another_folder() {
        let [one, other]: [&[_]; 2] = [&[("lock", "1.0.0")], &[("lock", "1.0.1")]];
        let [one, other] = [one, other].map(|pins| Packages {
            name: "any",
            from: &NPM,
            pins,
            names: &[],
        });
        assert_ne!(one.folder().unwrap(), other.folder().unwrap());
    }
}
