//! Cleaning up after a server, whatever became of the process that started it.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};
use rustix::process::Signal;

/// Reads process ids until its standard input ends, then ends the last one named, kills what
/// is left of the group it leads, and deletes the folder `$1`. The signal `$2` asks first;
/// after ten seconds it is killed. A process that nobody waits for stays in the table when it
/// has ended, as a zombie.
const SCRIPT: &str = r#"
runs() { kill -0 "$pid" && ! grep -q '^State:.*Z' "/proc/$pid/status"; }
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ] && kill -CONT "$pid" && kill -"$2" "$pid"; then
    tries=0
    while [ $tries -lt 500 ] && runs; do sleep 0.02; tries=$((tries + 1)); done
fi
[ -z "$pid" ] || kill -s KILL -- "-$pid"
rm -rf -- "$1"
"#;

/// A shell that outlives this process. It cleans up once the pipe to it closes, which the
/// system sees to at the latest when this process is killed.
#[derive(Debug)]
pub(crate) struct Reaper(Child);

impl Reaper {
    /// Watches over a folder and the process that is going to be named.
    pub(crate) fn start(folder: &Path, discard: Signal) -> Result<Self> {
        Command::new("sh")
            .args(["-c", SCRIPT, "reaper"])
            .arg(folder)
            .arg(discard.as_raw().to_string())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map(Self)
            .context("cannot start a shell")
    }

    /// Names the process to end.
    pub(crate) fn watch(&self, process: &Child) -> Result<()> {
        self.tell(&process.id().to_string())
    }

    /// There is no process to end.
    pub(crate) fn forget(&self) -> Result<()> {
        self.tell("")
    }

    /// Has it clean up, and waits for both it and the process.
    pub(crate) fn reap(&mut self, process: Option<Child>) {
        drop(self.0.stdin.take());
        if let Some(mut process) = process {
            let _ = process.wait();
        }
        let _ = self.0.wait();
    }

    fn tell(&self, line: &str) -> Result<()> {
        let mut pipe = self.0.stdin.as_ref().context("the pipe is closed")?;
        writeln!(pipe, "{line}").context("cannot reach the shell that cleans up")
    }
}
