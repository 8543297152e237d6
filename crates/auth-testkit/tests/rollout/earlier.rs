//! The servers of an earlier version, built from the history of this repository.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, anyhow, ensure};
use auth_testkit::process::Program;

/// "Hold the API descriptions against three linters", the last commit before strategies were
/// split into format, transport and check. What followed changed nearly all that servers have in
/// common: who decides on sessions and how they are written, what denies access tokens, how
/// queued mails are merged and migrations written down. Once no server of that time can still
/// run anywhere, a later commit may take its place.
const COMMIT: &str = "5e92c343e21b610e84a71f2deebe4ebf7eb0829a";

const PROGRAMS: [Program; 2] = [Program::SessionServer, Program::JwtServer];

/// The earlier version, if there is a way to have it.
#[derive(Clone)]
pub enum Earlier {
    /// The folder with its binaries.
    Built(PathBuf),
    /// Why its sources can't be had.
    Unknown(String),
}

/// The earlier version, which the first call builds.
///
/// # Errors
/// When it does not compile.
pub fn version() -> Result<Earlier> {
    static VERSION: OnceLock<Result<Earlier, String>> = OnceLock::new();
    let version = VERSION.get_or_init(|| provide().map_err(|error| format!("{error:#}")));
    version.clone().map_err(|error| anyhow!("{error}"))
}

fn provide() -> Result<Earlier> {
    if let Some(reason) = why_unknown() {
        return Ok(Earlier::Unknown(reason));
    }
    let target = target_folder()?;
    let own = target.join("rollout");
    let sources = own.join(COMMIT);
    if !sources.exists() {
        unpack(&sources)?;
    }
    build(&sources, &target, &own)?;
    Ok(Earlier::Built(own.join("debug")))
}

/// Checkouts come without history too: as an archive, or with the latest commits only.
fn why_unknown() -> Option<String> {
    let commit = format!("{COMMIT}^{{commit}}");
    match git(&["cat-file", "-e", &commit]).output() {
        Err(error) => Some(format!("git can't be run: {error}")),
        Ok(output) if output.status.success() => None,
        Ok(_) => Some(format!(
            "this checkout has no history that goes back to {COMMIT}"
        )),
    }
}

fn git(words: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        // Whoever runs the tests need not own the checkout.
        .args(["-c", "safe.directory=*"])
        .args(words)
        .current_dir(workspace())
        .stdin(Stdio::null());
    command
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Writes the sources into a folder, which is there only when they are complete.
fn unpack(sources: &Path) -> Result<()> {
    let part = sources.with_extension("part");
    let _ = fs::remove_dir_all(&part);
    fs::create_dir_all(&part)?;
    let archive = part.join("sources.tar");
    let output = format!("--output={}", archive.display());
    run(&mut git(&["archive", "--format=tar", &output, COMMIT]))?;
    run(Command::new("tar")
        .arg("-xf")
        .arg(&archive)
        .arg("-C")
        .arg(&part))?;
    fs::remove_file(&archive)?;
    fs::rename(&part, sources).context("the sources can't be put in place")
}

/// Compiles only what is not there: other people's crates are taken from the build of this
/// workspace. Crates of our own have the names and paths that they have here, so a profile that
/// nobody else uses keeps the two apart.
fn build(sources: &Path, target: &Path, own: &Path) -> Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        // The whole workspace, for the same features of everything.
        .args(["build", "--quiet", "--locked", "--workspace"])
        .args(PROGRAMS.map(|program| format!("--bin={}", program.name())))
        .current_dir(sources)
        .env("CARGO_BUILD_BUILD_DIR", target)
        .env("CARGO_TARGET_DIR", own)
        .env("CARGO_PROFILE_DEV_DEBUG", "line-directives-only")
        .env("CARGO_INCREMENTAL", "0");
    run(&mut command)
}

/// The folder in which this very executable was built.
fn target_folder() -> Result<PathBuf> {
    let executable = env::current_exe()?;
    let target = executable.ancestors().nth(3);
    let target = target.context("this executable is in no target folder")?;
    Ok(target.to_owned())
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.stderr(Stdio::inherit()).status();
    let status = status.with_context(|| format!("{:?} can't be run", command.get_program()))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}
