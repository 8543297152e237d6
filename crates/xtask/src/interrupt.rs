//! Ctrl-C as an orderly end: what runs is ended, and clean-up happens as ever.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdout, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Knows of signals that ask this process to end, and passes them on.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    happened: bool,
    /// The group of processes that has to end too.
    group: Option<Pid>,
}

impl Interrupt {
    /// From here on, signals no longer end this process.
    pub fn watch() -> Result<Self> {
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).context("cannot see signals")?;
        let interrupt = Self::default();
        let seen = interrupt.clone();
        thread::spawn(move || signals.forever().for_each(|_| seen.pass_on()));
        Ok(interrupt)
    }

    /// Starts a command in a process group that ends with an interrupt, or with the value.
    pub fn spawn(&self, command: &mut Command) -> Result<Group> {
        let mut state = self.state();
        if state.happened {
            bail!("interrupted");
        }
        let child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        state.group = Some(Pid::from_child(&child));
        let interrupt = self.clone();
        Ok(Group { child, interrupt })
    }

    /// Asks first; whoever interrupts twice means it.
    fn pass_on(&self) {
        let mut state = self.state();
        let signal = if state.happened {
            Signal::KILL
        } else {
            Signal::TERM
        };
        state.happened = true;
        state.send(signal);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn send(&self, signal: Signal) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, signal);
        }
    }
}

/// A process group with the command that leads it.
pub struct Group {
    child: Child,
    interrupt: Interrupt,
}

impl Group {
    /// What the command prints, if that goes to a pipe. To be taken once.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// How the command ended; nothing while it runs.
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits for the command to end.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // When the command ended by itself, this still ends what it left behind.
        self.interrupt.state().send(Signal::TERM);
        let _ = self.child.wait();
        self.interrupt.state().group = None;
    }
}
