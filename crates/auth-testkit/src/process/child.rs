//! One process of the operating system.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, sleep};

use super::output::Output;
use super::watcher::Watcher;

/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Short, since it is a part of the starts that are measured.
const POLL: Duration = Duration::from_millis(2);

/// A process that was started. Dropping it kills it, and so does the end of this process.
#[derive(Debug)]
pub struct Process {
    child: Child,
    readers: Vec<JoinHandle<()>>,
    watcher: Option<Watcher>,
}

impl Process {
    /// Starts a command, and adds what it prints to `output`.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn spawn(command: &mut Command, output: &Output) -> Result<Self> {
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

    /// Its id, as long as it was not waited for.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it answers this address with 200.
    ///
    /// # Errors
    /// When it ends or does not answer.
    pub async fn answers(&mut self, url: &str) -> Result<()> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.ended()? {
                bail!("it ended with {status}");
            }
            let answer = http.get(url).send().await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "{url} does not answer");
            sleep(POLL).await;
        }
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until it ended and all it printed was read.
    ///
    /// # Errors
    /// When it has not within `limit`.
    pub async fn end(&mut self, limit: Duration) -> Result<ExitStatus> {
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
    ///
    /// # Errors
    /// When the system does not say.
    pub fn memory(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let line = line.context("the system does not say")?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib * 1024)
    }

    /// How many files it may have open, and how many it may allow itself, as the system
    /// writes it.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn file_limits(&self) -> Result<(String, String)> {
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
    ///
    /// # Errors
    /// When it has ended.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill_process(Pid::from_child(&self.child), signal).context("the signal was not sent")
    }

    /// Ends it as a power cut would, in whatever it does.
    pub fn kill(&mut self) {
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
