//! Whether there is memory for the passwords that may be hashed at once.

use std::fs;
use std::thread::available_parallelism;

use auth_server::Settings;

use super::finding::Finding;

const CHECK: &str = "hashing";

const MIB: u64 = 1 << 20;

/// Compares what the settings may take with what this machine, or the container, has.
pub fn look(settings: &Settings) -> Vec<Finding> {
    let accounts = &settings.accounts;
    let cores = available_parallelism().map_or(1, usize::from);
    let threads = accounts.hash_threads.unwrap_or(cores) as u64;
    let wanted = threads * u64::from(accounts.argon2.memory_kib) * 1024;
    vec![judge(threads, wanted, memory())]
}

fn judge(threads: u64, wanted: u64, memory: Option<u64>) -> Finding {
    let found = format!("{threads} threads may take {} MiB", wanted / MIB);
    let Some(memory) = memory else {
        return Finding::ok(CHECK, found);
    };
    let found = format!("{found} of {} MiB", memory / MIB);
    let remedy = "give more memory, or lower --hash-threads";
    match wanted {
        wanted if wanted > memory / 4 * 3 => Finding::problem(CHECK, found, remedy),
        wanted if wanted > memory / 2 => Finding::warning(CHECK, found, remedy),
        _ => Finding::ok(CHECK, found),
    }
}

/// The memory that there is, in bytes: the least of what the machine has and what the control
/// groups of this process allow.
fn memory() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok();
    let machine = machine.and_then(|text| total(&text));
    let limits = [
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ];
    let limits = limits
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok());
    // No limit is the word `max`, or a number that no machine has.
    let limits = limits.filter_map(|text| text.trim().parse().ok());
    limits.chain(machine).min()
}

fn total(meminfo: &str) -> Option<u64> {
    let mut lines = meminfo.lines();
    let line = lines.find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn hashing_may_take_half_of_the_memory() {
        let level = |wanted| judge(4, wanted * MIB, Some(1024 * MIB)).level;
        assert_eq!(level(76), Level::Ok);
        assert_eq!(level(600), Level::Warning);
        assert_eq!(level(2048), Level::Problem);
        assert_eq!(judge(4, 2048 * MIB, None).level, Level::Ok);
    }

    #[test]
    fn the_memory_of_a_machine_is_read() {
        let text = "MemTotal:       16316412 kB\nMemFree:         1234 kB\n";
        assert_eq!(total(text), Some(16_316_412 * 1024));
        assert_eq!(total("nothing we know"), None);
    }
}
