//! What Linux tells about processes and the machine.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::str::FromStr;

use rustix::param::clock_ticks_per_second;

use super::record::Machine;

/// The processor time of one process and of its children that have ended, in seconds;
/// nothing when it is gone.
pub fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = Stat::of(pid)?;
    // Fields 14 to 17 of proc(5): utime, stime, cutime, cstime. The last two are signed, and
    // some kernels do count them below nothing.
    let ticks = (14..=17).map(|field| Some(stat.number::<i64>(field)?.max(0)));
    let ticks = ticks.sum::<Option<i64>>()?;
    // A process would have to run for ages before this lost a digit.
    #[allow(clippy::cast_precision_loss)]
    let (ticks, per_second) = (ticks as f64, clock_ticks_per_second() as f64);
    Some(ticks / per_second)
}

/// The processes that a process started and that still run, and itself.
pub fn family(pid: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let all = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let ours = all.filter(|one| parent(*one) == Some(pid));
    std::iter::once(pid).chain(ours).collect()
}

/// The process that started this one.
pub fn parent(pid: u32) -> Option<u32> {
    Stat::of(pid)?.number(4)
}

/// The name of a process, as the system knows it.
pub fn name(pid: u32) -> Option<String> {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    Some(name.trim().to_owned())
}

/// Forgets how much memory a process once held. Without the right to, its whole life counts.
pub fn reset_peak(pid: u32) {
    let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
}

/// The most memory a process held since then, in bytes.
pub fn peak_memory(pid: u32) -> Option<u64> {
    memory(pid, "VmHWM:")
}

/// The memory a process holds now, in bytes.
pub fn resident_memory(pid: u32) -> Option<u64> {
    memory(pid, "VmRSS:")
}

fn memory(pid: u32, label: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    Some(kibibytes(&status, label)? * 1024)
}

fn kibibytes(text: &str, label: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with(label))?;
    line[label.len()..].split_whitespace().next()?.parse().ok()
}

/// The fields of `/proc/PID/stat`.
struct Stat(String);

impl Stat {
    fn of(pid: u32) -> Option<Self> {
        fs::read_to_string(format!("/proc/{pid}/stat"))
            .ok()
            .map(Self)
    }

    /// A field by its number in proc(5). The second is the name, which may hold anything.
    fn number<N: FromStr>(&self, field: usize) -> Option<N> {
        let (_, rest) = self.0.rsplit_once(')')?;
        rest.split_whitespace().nth(field - 3)?.parse().ok()
    }
}

/// This machine.
pub fn machine() -> Machine {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let value = |text: &str, label: &str| {
        let line = text.lines().find(|line| line.starts_with(label))?;
        let (_, value) = line.split_once([':', '='])?;
        Some(value.trim().trim_matches('"').to_owned())
    };
    let unknown = || "unknown".to_owned();
    let release = value(&read("/etc/os-release"), "PRETTY_NAME").unwrap_or_else(unknown);
    let kernel = read("/proc/sys/kernel/osrelease");
    Machine {
        cpu: value(&read("/proc/cpuinfo"), "model name").unwrap_or_else(unknown),
        cores: cores(),
        memory: kibibytes(&read("/proc/meminfo"), "MemTotal:").unwrap_or(0) * 1024,
        system: format!("{release}, Linux {}", kernel.trim()),
    }
}

/// Cores that this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What a program prints first; nothing when there is no such program.
pub fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next()?.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// Versions of what takes part in every measurement.
pub fn versions() -> BTreeMap<String, String> {
    let told = [
        ("rustc", said("rustc", &["--version"])),
        // wrk greets with its version, and then calls it a failure that it has nothing to do.
        ("wrk", said("wrk", &["--version"])),
    ];
    let told = told.into_iter().chain([("sqlite", sqlite())]);
    told.filter_map(|(name, version)| Some((name.to_owned(), version?)))
        .collect()
}

/// The SQLite that is linked into this program, and so into the servers.
fn sqlite() -> Option<String> {
    libsqlite3_sys::SQLITE_VERSION
        .to_str()
        .ok()
        .map(str::to_owned)
}

/// The commit of the working directory.
pub fn commit() -> Option<String> {
    let commit = said("git", &["rev-parse", "HEAD"])?;
    let changed = said("git", &["status", "--porcelain"]).is_some();
    Some(if changed {
        commit + " with changes"
    } else {
        commit
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_its_work_its_memory_and_its_children() {
        let own = std::process::id();
        let before = cpu_seconds(own).unwrap();
        while cpu_seconds(own).unwrap() - before < 0.05 {
            std::hint::black_box((0..100_000u64).sum::<u64>());
        }
        assert!(peak_memory(own) >= resident_memory(own).map(|bytes| bytes / 2));
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let family = family(own);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(family.contains(&own) && family.contains(&child.id()));
        assert_eq!(cpu_seconds(0), None);
    }
}
