//! What a process prints.

use std::io::{BufRead as _, BufReader, Read};
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::{Instant, sleep};

/// How often to look whether an awaited line has come.
const POLL: Duration = Duration::from_millis(10);

/// How long an awaited line may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Lines worth showing when something went wrong.
const TAIL: usize = 60;

/// Everything that a process, and those that took its place, printed so far.
#[derive(Clone, Debug, Default)]
pub struct Output {
    out: Lines,
    err: Lines,
    ignored: Arc<AtomicBool>,
}

type Lines = Arc<Mutex<Vec<String>>>;

impl Output {
    /// Reads what a process prints until it ends, and then so do the threads. It must
    /// have been started with pipes.
    pub(super) fn follow(&self, child: &mut Child) -> Vec<JoinHandle<()>> {
        let out = child
            .stdout
            .take()
            .map(|pipe| self.collect(pipe, &self.out));
        let err = child
            .stderr
            .take()
            .map(|pipe| self.collect(pipe, &self.err));
        out.into_iter().chain(err).collect()
    }

    /// Breaks the pipes at the next line that comes on each, as when a log's collector dies.
    pub fn ignore(&self) {
        self.ignored.store(true, Ordering::Relaxed);
    }

    /// The lines on standard output.
    pub fn out(&self) -> Vec<String> {
        lock(&self.out).clone()
    }

    /// The lines on standard error.
    pub fn err(&self) -> Vec<String> {
        lock(&self.err).clone()
    }

    /// Waits for a line on standard output, also one that came before.
    ///
    /// # Errors
    /// When none comes; with the end of what did come.
    pub async fn line(&self, wanted: impl Fn(&str) -> bool) -> Result<String> {
        self.line_in(&self.out, wanted).await
    }

    /// The same on standard error.
    ///
    /// # Errors
    /// See [`line`](Self::line).
    pub async fn error_line(&self, wanted: impl Fn(&str) -> bool) -> Result<String> {
        self.line_in(&self.err, wanted).await
    }

    async fn line_in(&self, lines: &Lines, wanted: impl Fn(&str) -> bool) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = lock(lines).iter().find(|line| wanted(line)).cloned();
            if let Some(line) = found {
                return Ok(line);
            }
            ensure!(
                Instant::now() < deadline,
                "no such line in\n{}",
                self.tail()
            );
            sleep(POLL).await;
        }
    }

    /// Splits at line feeds only, as whoever reads a log does.
    fn collect(&self, pipe: impl Read + Send + 'static, lines: &Lines) -> JoinHandle<()> {
        let (lines, ignored) = (Arc::clone(lines), Arc::clone(&self.ignored));
        thread::spawn(move || {
            let read = BufReader::new(pipe).split(b'\n');
            for line in read.map_while(Result::ok) {
                if ignored.load(Ordering::Relaxed) {
                    return;
                }
                lock(&lines).push(String::from_utf8_lossy(&line).into_owned());
            }
        })
    }

    /// The last lines of both.
    pub fn tail(&self) -> String {
        let tail = |lines: &Lines| {
            let lines = lock(lines);
            lines[lines.len().saturating_sub(TAIL)..].join("\n")
        };
        format!("{}\n{}", tail(&self.out), tail(&self.err))
    }
}

fn lock(lines: &Lines) -> MutexGuard<'_, Vec<String>> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}
