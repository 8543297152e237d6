//! Packages from npm.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// Installs what the lock file says and runs nothing of it.
const NPM_CI: [&str; 4] = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];

/// Packages from npm, pinned by a lock file and kept in the user's cache.
#[derive(Debug)]
pub struct Modules {
    /// Names them to people.
    pub name: &'static str,
    /// The content of `package.json`.
    pub(crate) manifest: &'static str,
    /// The content of `package-lock.json`.
    pub(crate) lock: &'static str,
}

impl Modules {
    /// Whether they are on this machine.
    pub fn is_installed(&self) -> bool {
        self.node_modules().is_ok_and(|folder| folder.is_dir())
    }

    /// Gets them from the npm registry, unless they are here.
    ///
    /// # Errors
    /// When there is no npm or no cache folder, or when npm fails; npm itself tells why.
    pub fn install(&self) -> Result<()> {
        if self.is_installed() {
            return Ok(());
        }
        let cache = cache()?;
        fs::create_dir_all(&cache)
            .with_context(|| format!("cannot make the folder {}", cache.display()))?;
        let folder = tempfile::tempdir_in(&cache).context("cannot make a folder for npm")?;
        self.npm_ci(folder.path())?;
        // In place all at once, or not at all; whoever was faster has installed the same.
        let moved = fs::rename(folder.path(), cache.join(self.hash()));
        ensure!(self.is_installed(), "cannot keep what npm got: {moved:?}");
        Ok(())
    }

    /// The folder with one folder for each package.
    pub(crate) fn node_modules(&self) -> Result<PathBuf> {
        Ok(cache()?.join(self.hash()).join("node_modules"))
    }

    fn npm_ci(&self, folder: &Path) -> Result<()> {
        fs::write(folder.join("package.json"), self.manifest)?;
        fs::write(folder.join("package-lock.json"), self.lock)?;
        let status = Command::new("npm")
            .args(NPM_CI)
            .current_dir(folder)
            .stdin(Stdio::null())
            .status()
            .context("cannot start npm")?;
        ensure!(status.success(), "npm failed ({status})");
        Ok(())
    }

    /// Differs as soon as one pinned version does.
    fn hash(&self) -> String {
        let mut hasher = DefaultHasher::new();
        (self.manifest, self.lock).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}

/// Where this user's packages are, as the XDG Base Directory Specification wants it.
fn cache() -> Result<PathBuf> {
    let named = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    named
        .filter(|folder| folder.is_absolute())
        .or_else(|| Some(env::home_dir()?.join(OsStr::new(".cache"))))
        .map(|folder| folder.join("test-services").join("npm"))
        .context("there is no home directory for a cache")
}

#[cfg(test)]
mod tests {
    use super::Modules;
    use crate::{ALL, TOOLS};

    fn all() -> impl Iterator<Item = &'static Modules> {
        let servers = ALL.into_iter().map(|service| service.need());
        let needs = servers.chain(TOOLS.into_iter().map(|tool| tool.need()));
        needs.filter_map(|need| need.software.modules)
    }

    #[test]
    fn a_lock_file_names_no_place_but_the_public_registry() {
        let public = r#""resolved": "https://registry.npmjs.org/"#;
        assert!(all().count() > 0);
        for line in all().flat_map(|modules| modules.lock.lines()) {
            assert!(!line.contains(r#""resolved""#) || line.contains(public));
        }
    }

    #[test]
    fn other_versions_live_in_another_folder() {
        let [one, other] = ["1.0.0", "1.0.1"].map(|lock| Modules {
            name: "any",
            manifest: "{}",
            lock,
        });
        assert_ne!(one.node_modules().unwrap(), other.node_modules().unwrap());
    }
}
