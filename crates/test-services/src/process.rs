//! Signals to a server and its children.

use std::fs;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// How often to look whether something awaited has come.
const POLL: Duration = Duration::from_millis(10);

/// Sends a signal to a process that was not waited for yet.
pub(crate) fn signal(child: &Child, signal: Signal) -> Result<()> {
    send(Pid::from_child(child), signal)
}

/// Sends a signal to a process, then to its children: PostgreSQL serves each connection in
/// a process of its own.
pub(crate) fn signal_family(child: &Child, signal: Signal) -> Result<()> {
    let parent = Pid::from_child(child);
    send(parent, signal)?;
    children_of(parent)?
        .into_iter()
        .try_for_each(|child| send(child, signal))
}

/// Kills what an ended process left behind in the group it led: a ChromeDriver its browsers.
pub(crate) fn kill_group(leader: &Child) -> Result<()> {
    let leader = Pid::from_child(leader);
    gone_is_fine(kill_process_group(leader, Signal::KILL))
        .with_context(|| format!("cannot kill the group of process {leader}"))
}

/// Waits for a process to end; nothing when it has not in time.
pub(crate) fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    await_within(limit, || Ok(child.try_wait()?))
}

/// Waits until there is something; nothing when there is not in time.
pub(crate) fn await_within<T>(
    limit: Duration,
    mut look: impl FnMut() -> Result<Option<T>>,
) -> Result<Option<T>> {
    let start = Instant::now();
    loop {
        let found = look()?;
        if found.is_some() || start.elapsed() > limit {
            return Ok(found);
        }
        thread::sleep(POLL);
    }
}

fn send(pid: Pid, signal: Signal) -> Result<()> {
    gone_is_fine(kill_process(pid, signal)).with_context(|| format!("cannot signal process {pid}"))
}

/// A process that is already gone needs no signal.
fn gone_is_fine(sent: rustix::io::Result<()>) -> rustix::io::Result<()> {
    match sent {
        Err(Errno::SRCH) => Ok(()),
        sent => sent,
    }
}

fn children_of(parent: Pid) -> Result<Vec<Pid>> {
    let processes = fs::read_dir("/proc").context("cannot list processes")?;
    let processes = processes.filter_map(|entry| {
        let stat = fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
        pid_and_parent(&stat)
    });
    Ok(processes
        .filter_map(|(pid, its_parent)| (its_parent == parent).then_some(pid))
        .collect())
}

/// Reads proc_pid_stat(5): `pid (name) state parent ...`, where the name may have anything.
fn pid_and_parent(stat: &str) -> Option<(Pid, Pid)> {
    let pid = stat.split(' ').next()?.parse().ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    let parent = after_name.split_whitespace().nth(1)?.parse().ok()?;
    Some((Pid::from_raw(pid)?, Pid::from_raw(parent)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_read_whatever_the_name_of_the_process() {
        let (pid, parent) = pid_and_parent("42 (a) b) S 7 1 1 0").unwrap();
        assert_eq!((pid.as_raw_pid(), parent.as_raw_pid()), (42, 7));
    }
}
