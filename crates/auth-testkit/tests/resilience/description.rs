//! The OpenAPI documents, held against the rules by programs that know nothing of this one.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use auth_testkit::process::{Launch, Program, ServerProcess};
use tempfile::TempDir;
use test_services::{OPENAPI_VALIDATOR, REDOCLY, SPECTRAL, given};

const SERVERS: [Program; 3] = [
    Program::SessionServer,
    Program::JwtServer,
    Program::OauthServer,
];

/// What Spectral looks for. A summary says enough where there is nothing to add, and whom to
/// write to is not known here.
const SPECTRAL_RULES: &str = "
extends: ['spectral:oas']
rules: { operation-description: off, info-contact: off }
";

/// Writes the document of each server into a folder.
async fn documents(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = vec![];
    for program in SERVERS {
        let data = TempDir::new()?;
        let launch = Launch::quick(program).flag("--data-dir", data.path().display());
        let server = ServerProcess::start(launch).await?;
        let url = format!("http://{}/openapi.json", server.address());
        let http = reqwest::Client::builder().no_proxy().build()?;
        let file = folder.join(format!("{}.json", program.name()));
        fs::write(&file, http.get(url).send().await?.bytes().await?)?;
        files.push(file);
    }
    Ok(files)
}

/// Runs a linter, which has to find nothing.
fn finds_nothing(linter: &mut Command) -> Result<()> {
    let output = linter.output().context("the linter can't be started")?;
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&said)
    );
    Ok(())
}

fn node(script: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new("node");
    command.arg(script).current_dir(folder);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn openapi_spec_validator_accepts_every_document() -> Result<()> {
    let test = "openapi_spec_validator_accepts_every_document";
    let Some(packages) = given(OPENAPI_VALIDATOR.variable, test) else {
        return Ok(());
    };
    let folder = TempDir::new()?;
    let files = documents(folder.path()).await?;
    let mut validator = Command::new("python3");
    validator.args(["-m", "openapi_spec_validator"]).args(files);
    validator.env("PYTHONPATH", packages);
    finds_nothing(validator.env("PYTHONDONTWRITEBYTECODE", "1"))
}

#[tokio::test(flavor = "multi_thread")]
async fn redocly_accepts_every_document() -> Result<()> {
    let Some(script) = given(REDOCLY.variable, "redocly_accepts_every_document") else {
        return Ok(());
    };
    let folder = TempDir::new()?;
    let files = documents(folder.path()).await?;
    let mut redocly = node(script, folder.path());
    redocly.args(["lint", "--extends=recommended"]).args(files);
    redocly.env("REDOCLY_TELEMETRY", "off");
    finds_nothing(redocly.env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"))
}

#[tokio::test(flavor = "multi_thread")]
async fn spectral_finds_nothing_in_any_document() -> Result<()> {
    let Some(script) = given(SPECTRAL.variable, "spectral_finds_nothing_in_any_document") else {
        return Ok(());
    };
    let folder = TempDir::new()?;
    let files = documents(folder.path()).await?;
    let rules = folder.path().join("rules.yaml");
    fs::write(&rules, SPECTRAL_RULES)?;
    let mut spectral = node(script, folder.path());
    spectral.args(["lint", "--fail-severity=hint", "--ruleset"]);
    finds_nothing(spectral.arg(rules).args(files))
}
