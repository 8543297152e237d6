//! The React example with the npm package, as somebody has them who installed the package.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use crate::environment::{self, REACT, workspace};

/// The name of the package.
pub const PACKAGE: &str = "comprehensive-auth-client";

/// What the package and the example are made of, where the repository has it.
const PARTS: [&str; 6] = [
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "crates/auth-web/assets/client.d.ts",
    "crates/auth-web/assets/client.js",
    "examples/react",
    "packages/client",
];

/// What others put into those folders.
const MADE: [&str; 4] = ["node_modules", "dist", "client.js", "client.d.ts"];

/// A copy of the example that nobody else builds. Dropping it removes it.
#[derive(Debug)]
pub struct Project(TempDir);

impl Project {
    /// Packs the package and puts it into the example.
    pub fn new() -> Result<Self> {
        let project = Self(TempDir::new()?);
        for part in PARTS {
            copy(&workspace().join(part), &project.0.path().join(part))?;
        }
        project.link_packages()?;
        project.install()?;
        Ok(project)
    }

    /// The folder of the example.
    pub fn folder(&self) -> PathBuf {
        self.0.path().join("examples/react")
    }

    /// The folder of the package, as it was unpacked.
    pub fn package(&self) -> PathBuf {
        self.folder().join("node_modules").join(PACKAGE)
    }

    /// Runs a script of an installed package or of one's own, in the example.
    pub fn node(&self, script: &str, arguments: &[&str]) -> Result<()> {
        self.node_with(script, arguments, &[])
    }

    /// The same with variables of the environment.
    pub fn node_with(&self, script: &str, args: &[&str], env: &[(&str, String)]) -> Result<()> {
        let mut node = Command::new("node");
        let variables = env.iter().map(|(name, value)| (name, value));
        node.arg(script).args(args).envs(variables);
        run(node.current_dir(self.folder())).map(drop)
    }

    /// Builds the example, into the folder `dist`.
    pub fn build(&self, env: &[(&str, String)]) -> Result<PathBuf> {
        let vite = "node_modules/vite/bin/vite.js";
        self.node_with(vite, &["build", "--logLevel=warn"], env)?;
        Ok(self.folder().join("dist"))
    }

    /// Everything but the package itself.
    fn link_packages(&self) -> Result<()> {
        let modules = self.folder().join("node_modules");
        fs::create_dir(&modules)?;
        for entry in fs::read_dir(environment::value(REACT))? {
            let entry = entry?;
            if entry.file_name() != PACKAGE {
                symlink(entry.path(), modules.join(entry.file_name()))?;
            }
        }
        Ok(())
    }

    fn install(&self) -> Result<()> {
        let folder = self.0.path();
        let mut pack = Command::new("npm");
        pack.args(["pack", "--silent", "--no-update-notifier"]);
        pack.arg("--pack-destination").arg(folder);
        let said = run(pack.current_dir(folder.join("packages/client")))?;
        let name = said.trim().lines().last().context("npm packs nothing")?;
        let mut unpack = Command::new("tar");
        unpack.arg("-xzf").arg(folder.join(name));
        run(unpack.current_dir(folder))?;
        Ok(fs::rename(folder.join("package"), self.package())?)
    }
}

/// Copies a file or a folder, without what is made from it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let name = entry?.file_name();
            if !MADE.iter().any(|made| name == *made) {
                copy(&from.join(&name), &to.join(&name))?;
            }
        }
        return Ok(());
    }
    fs::create_dir_all(to.parent().context("no folder")?)?;
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    Ok(())
}

/// Runs a command that has to succeed, and gives what it said.
fn run(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("{command:?} can't be started"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let problem = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{command:?} failed\n{said}\n{problem}"
    );
    Ok(said)
}
