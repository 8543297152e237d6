//! What the README tells people to type does what it says.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use auth_testkit::process::{Launch, Program, ServerProcess};
use serde_json::Value;
use tempfile::TempDir;

use crate::deployment::bounded;

const README: &str = include_str!("../../../../README.md");

/// The folder that the README lies in.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The commands of cargo, in blocks and within sentences, but for those that leave
/// something to fill in.
fn cargo_commands() -> Vec<&'static str> {
    let lines = README.lines().flat_map(|line| line.split('`'));
    let commands = lines.filter(|text| text.starts_with("cargo "));
    let commands = commands.map(|text| text.split('#').next().unwrap_or_default().trim());
    commands.filter(|text| !text.contains(['…', '='])).collect()
}

/// What cargo knows of the workspace.
fn metadata() -> Result<Value> {
    let cargo = std::env::var_os("CARGO").context("cargo runs the tests")?;
    let told = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(ROOT)
        .output()?;
    Ok(serde_json::from_slice(&told.stdout)?)
}

fn bins(package: &Value) -> impl Iterator<Item = &str> {
    let targets = package["targets"].as_array().into_iter().flatten();
    let bins = targets.filter(|target| target["kind"][0] == "bin");
    bins.filter_map(|target| target["name"].as_str())
}

/// The binary that `cargo run` picks, by the rules of cargo, and what it is told; none for an
/// example, which takes no flags and has a test of its own.
fn picked<'a>(command: &'a str, metadata: &Value) -> Result<Option<(String, Vec<&'a str>)>> {
    let mut words = command.split_whitespace().skip(1);
    let verb = words.next().context("no verb")?;
    if verb == "xtask" {
        return Ok(Some((verb.to_owned(), words.collect())));
    }
    ensure!(verb == "run", "{command}: neither run nor xtask");
    let (mut package, mut bin) = (None, None);
    let mut example = None;
    while let Some(word) = words.next().filter(|word| *word != "--") {
        match word {
            "-p" => package = words.next(),
            "--bin" => bin = words.next(),
            "--example" => example = words.next(),
            _ => ensure!(word == "--release", "{command}: {word}"),
        }
    }
    if let Some(example) = example {
        let named = format!("\"name\":\"{example}\"");
        ensure!(metadata.to_string().contains(&named), "no {example}");
        return Ok(None);
    }
    let defaults = metadata["workspace_default_members"].as_array();
    let is_meant = |one: &&Value| match package {
        Some(name) => one["name"] == name,
        None => defaults.is_some_and(|defaults| defaults.contains(&one["id"])),
    };
    let packages = metadata["packages"].as_array().context("no packages")?;
    let packages: Vec<_> = packages.iter().filter(is_meant).collect();
    let all: Vec<_> = packages.iter().flat_map(|one| bins(one)).collect();
    let chosen = packages
        .iter()
        .filter_map(|one| one["default_run"].as_str());
    let chosen: Vec<_> = match bin {
        Some(bin) => all.into_iter().filter(|name| *name == bin).collect(),
        None => chosen.collect(),
    };
    let [one] = chosen[..] else {
        bail!("{command} could be any of {chosen:?}")
    };
    Ok(Some((one.to_owned(), words.collect())))
}

#[test]
fn every_command_names_what_there_is() -> Result<()> {
    let (commands, metadata) = (cargo_commands(), metadata()?);
    ensure!(commands.len() >= 5, "{commands:?}");
    for command in commands {
        let Some((bin, args)) = picked(command, &metadata)? else {
            continue;
        };
        let run = Command::new(Program::Authctl.path()?.with_file_name(bin))
            .args(args)
            .arg("--help")
            .stdin(Stdio::null())
            .output()?;
        let said = String::from_utf8_lossy(&run.stderr);
        ensure!(run.status.success(), "{command}: {said}");
    }
    Ok(())
}

/// The block below a heading.
fn block(heading: &str) -> Result<&'static str> {
    let section = README.split(heading).nth(1).context("no such heading")?;
    let block = section.split("```sh\n").nth(1).context("no block")?;
    block.split("```").next().context("it has no end")
}

fn shell(script: &str, folder: &Path) -> Result<String> {
    let run = Command::new("sh")
        .args(["-e", "-c", script])
        .current_dir(folder)
        .output()?;
    let said = String::from_utf8(run.stdout)?;
    let problem = String::from_utf8_lossy(&run.stderr);
    ensure!(run.status.success(), "{said}\n{problem}");
    Ok(said)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_walk_through_ends_signed_out() -> Result<()> {
    bounded(async {
        let folder = TempDir::new()?;
        let port = test_services::free_port()?;
        let launch = Launch::of(Program::SessionServer)
            .flag("--bind", format!("127.0.0.1:{port}"))
            .flag("--data-dir", folder.path().join("data").display());
        let _server = ServerProcess::start_on(launch, port).await?;
        let walk =
            block("## A walk through")?.replace("localhost:4001", &format!("localhost:{port}"));
        let said = shell(&walk, folder.path())?;
        for step in [
            r#""status":"verification_sent""#,
            r#""username":"ada""#,
            r#""current":true"#,
            r#""strategy":"session""#,
            r#""status":"signed_out""#,
        ] {
            ensure!(said.contains(step), "{step} is missing in\n{said}");
        }
        let last = said.trim_end().lines().last().unwrap_or_default();
        ensure!(last.contains(r#""code":"unauthenticated""#), "{last}");
        Ok(())
    })
    .await
}
