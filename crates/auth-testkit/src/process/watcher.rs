//! Seeing to it that no process outlives the tests.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};

/// Kills the process `$1` when the standard input ends.
const SCRIPT: &str = r#"read -r _; kill -KILL "$1""#;

/// A shell that kills a process as soon as this process is gone, however it went: then the
/// system closes the pipe between the two. Dropping it lets the watched process be.
#[derive(Debug)]
pub(super) struct Watcher(Child);

impl Watcher {
    /// Watches over a process.
    pub(super) fn over(process: &Child) -> Result<Self> {
        Command::new("sh")
            .args(["-c", SCRIPT, "watcher", &process.id().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Out of reach of a terminal's Ctrl-C.
            .process_group(0)
            .spawn()
            .map(Self)
            .context("a shell can't be started")
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
