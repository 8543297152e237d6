//! The OpenAPI documents, held against those in git, and against the rules by programs that
//! know nothing of this one.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use auth_testkit::process::{Launch, Program, ServerProcess};
use serde_json::Value;
use tempfile::TempDir;
use test_services::{OPENAPI_VALIDATOR, REDOCLY, SPECTRAL, given};

/// The servers, with the URLs they have by default, which name cookies too.
const SERVERS: [(Program, &str); 3] = [
    (Program::SessionServer, "http://localhost:4001"),
    (Program::JwtServer, "http://localhost:4002"),
    (Program::OauthServer, "http://localhost:4003"),
];

/// When this variable is set, the documents in git are written anew.
const UPDATE: &str = "UPDATE_OPENAPI";

/// What Spectral looks for. A summary says enough where there is nothing to add, and whom to
/// write to is not known here.
const SPECTRAL_RULES: &str = "
extends: ['spectral:oas']
rules: { operation-description: off, info-contact: off }
";

/// Writes the document of each server into a folder.
async fn documents(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = vec![];
    for (program, public_url) in SERVERS {
        let data = TempDir::new()?;
        let launch = Launch::quick(program)
            .flag("--data-dir", data.path().display())
            .flag("--public-url", public_url);
        let server = ServerProcess::start(launch).await?;
        let url = format!("http://{}/openapi.json", server.address());
        let http = reqwest::Client::builder().no_proxy().build()?;
        let file = folder.join(format!("{}.json", program.name()));
        fs::write(&file, http.get(url).send().await?.bytes().await?)?;
        files.push(file);
    }
    files.push(admin_document(folder).await?);
    Ok(files)
}

/// Writes the document of the admin API into a folder: one for all strategies, but for how their
/// credentials travel.
async fn admin_document(folder: &Path) -> Result<PathBuf> {
    let data = TempDir::new()?;
    let at = format!("127.0.0.1:{}", test_services::free_port()?);
    let launch = Launch::quick(Program::SessionServer)
        .flag("--data-dir", data.path().display())
        .flag("--admin-bind", &at)
        .flag("--admin-url", "http://localhost:4009");
    let _server = ServerProcess::start(launch).await?;
    let url = format!("http://{at}/api/admin/openapi.json");
    let http = reqwest::Client::builder().no_proxy().build()?;
    let file = folder.join("admin.json");
    fs::write(&file, http.get(url).send().await?.bytes().await?)?;
    Ok(file)
}

/// Where two documents differ, as JSON pointers.
fn differences(at: &str, one: &Value, other: &Value) -> Vec<String> {
    let (Value::Object(one), Value::Object(other)) = (one, other) else {
        return Vec::from_iter((one != other).then(|| at.to_owned()));
    };
    let names: BTreeSet<_> = one.keys().chain(other.keys()).collect();
    let below = |name: &String| {
        let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        match (one.get(name), other.get(name)) {
            (Some(one), Some(other)) => differences(&at, one, other),
            _ => vec![at],
        }
    };
    names.into_iter().flat_map(below).collect()
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
async fn the_documents_in_git_are_those_of_the_servers() -> Result<()> {
    let served = TempDir::new()?;
    let in_git = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi");
    for file in documents(served.path()).await? {
        let in_git = in_git.join(file.file_name().context("no name")?);
        let served: Value = serde_json::from_slice(&fs::read(&file)?)?;
        if env::var_os(UPDATE).is_some() {
            fs::write(&in_git, format!("{served:#}\n"))?;
        }
        let kept = fs::read(&in_git).with_context(|| in_git.display().to_string())?;
        let differences = differences("", &serde_json::from_slice(&kept)?, &served);
        ensure!(
            differences.is_empty(),
            "{} differs at {differences:#?}; with {UPDATE}=1 this test writes it anew",
            in_git.display()
        );
    }
    Ok(())
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
