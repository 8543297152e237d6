//! Installing Debian packages.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::geteuid;

/// Installs packages, if this process may. An error says what a person can do instead.
pub fn install(packages: &[&str]) -> Result<()> {
    let by_hand = by_hand(packages);
    ensure!(runs("apt-get", &["--version"]), "there is no apt-get here");
    let Some(prefix) = privilege() else {
        bail!("installing needs root; run: {by_hand}");
    };
    println!("Installing the Debian packages {}.", packages.join(", "));
    println!("apt may also start them as services of the system, which the tests don't use.");
    apt_get(prefix, &["update"])
        .and_then(|()| {
            let install = ["install", "--yes", "--no-install-recommends"];
            apt_get(prefix, &[&install, packages].concat())
        })
        .with_context(|| format!("to see why, run: {by_hand}"))
}

/// What a person would type.
fn by_hand(packages: &[&str]) -> String {
    let packages = packages.join(" ");
    format!("sudo apt-get update && sudo apt-get install --no-install-recommends {packages}")
}

/// What to put before a command so that it runs as root; nothing when there is no way
/// without asking for a password.
fn privilege() -> Option<&'static [&'static str]> {
    if geteuid().is_root() {
        return Some(&[]);
    }
    runs("sudo", &["-n", "true"]).then_some(&["sudo", "-n"])
}

fn apt_get(prefix: &[&str], arguments: &[&str]) -> Result<()> {
    // Somebody else's apt may be at work, as on a machine that has just started.
    let apt_get = ["apt-get", "-o", "DPkg::Lock::Timeout=300"];
    let environment = ["env", "DEBIAN_FRONTEND=noninteractive"];
    let line = [prefix, &environment, &apt_get, arguments].concat();
    let status = Command::new(line[0])
        .args(&line[1..])
        .stdin(Stdio::null())
        .status();
    let status = status.context("cannot start apt-get")?;
    ensure!(status.success(), "apt-get failed ({status})");
    Ok(())
}

/// Whether a command can be started and succeeds.
fn runs(program: &str, arguments: &[&str]) -> bool {
    let quiet = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    quiet.is_ok_and(|status| status.success())
}
