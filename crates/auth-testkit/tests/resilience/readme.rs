//! What the README tells people to type does what it says.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use auth_testkit::process::{Launch, Program, ServerProcess};
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

/// The same command, which only says how it is used, and in the profile of the tests.
fn harmless(command: &str) -> Vec<&str> {
    let words = command.split_whitespace().skip(1);
    let mut words: Vec<_> = words.filter(|word| *word != "--release").collect();
    let is_run = words.first() == Some(&"run");
    if is_run && !words.contains(&"--") {
        words.push("--");
    }
    words.push("--help");
    words
}

#[test]
fn every_command_names_what_there_is() -> Result<()> {
    let commands = cargo_commands();
    ensure!(commands.len() >= 5, "{commands:?}");
    for command in commands {
        let cargo = std::env::var_os("CARGO").context("cargo runs the tests")?;
        let run = Command::new(cargo)
            .args(harmless(command))
            .current_dir(ROOT)
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
