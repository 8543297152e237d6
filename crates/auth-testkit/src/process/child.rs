//! One process of the operating system.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, sleep};

use super::output::Output;
use super::watcher::Watcher;

const POLL: Duration = Duration::from_millis(5);

/// A process that was started. Dropping it kills it, and so does the end of this process.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    readers: Vec<JoinHandle<()>>,
    watcher: Option<Watcher>,
}

impl Process {
    /// Starts a command, and adds what it prints to `output`.
    pub(super) fn spawn(command: &mut Command, output: &Output) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{:?} can't be started", command.get_program()))?;
        let mut process = Self {
            readers: output.follow(&mut child),
            child,
            watcher: None,
        };
        process.watcher = Some(Watcher::over(&process.child)?);
        Ok(process)
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until it ended and all it printed was read.
    pub(super) async fn end(&mut self, limit: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.ended()? {
                self.settle();
                return Ok(status);
            }
            ensure!(Instant::now() < deadline, "it runs on after {limit:?}");
            sleep(POLL).await;
        }
    }

    /// The memory that it has in use, in bytes.
    pub(super) fn memory(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let line = line.context("the system does not say")?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib * 1024)
    }

    /// How many files it may have open, and how many it may allow itself, as the system
    /// writes it.
    pub(super) fn file_limits(&self) -> Result<(String, String)> {
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", self.child.id()))?;
        let mut lines = limits.lines();
        let line = lines.find_map(|line| line.strip_prefix("Max open files"));
        let mut words = line.unwrap_or_default().split_whitespace();
        match (words.next(), words.next()) {
            (Some(soft), Some(hard)) => Ok((soft.to_owned(), hard.to_owned())),
            _ => bail!("the system does not say"),
        }
    }

    /// Sends a signal.
    pub(super) fn signal(&self, signal: Signal) -> Result<()> {
        kill_process(Pid::from_child(&self.child), signal).context("the signal was not sent")
    }

    /// Ends it as a power cut would, in whatever it does.
    pub(super) fn kill(&mut self) {
        // Fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.settle();
    }

    /// What there is to do when it has ended.
    fn settle(&mut self) {
        self.watcher = None;
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
