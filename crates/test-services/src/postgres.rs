//! PostgreSQL.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use rustix::process::Signal;

use crate::server::throwaway;
use crate::{Place, Server, Service, Software, Variable};

/// PostgreSQL, any version, with a superuser `postgres` that needs no password.
pub static POSTGRES: Service = SERVICE;

const SERVICE: Service = Service {
    name: "PostgreSQL",
    url: Variable {
        name: "TEST_POSTGRES_URL",
        value: |place| format!("postgres://postgres@127.0.0.1:{}/postgres", place.port()),
    },
    also: &[],
    software: Software {
        folders: debian_folders,
        ..Software::debian(&["postgresql"], &["postgres", "initdb", "pg_basebackup"])
    },
    prepare: initdb,
    command: postgres,
    is_ready,
    // "Fast" and "immediate" shutdown.
    stop: Signal::INT,
    discard: Signal::QUIT,
};

const DATA: &str = "data";

/// What makes a throwaway server fast, open to many tests, and known to nobody else.
const SETTINGS: [&str; 6] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=1000",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
];

/// A throwaway PostgreSQL.
#[derive(Debug)]
pub struct Postgres(Server);

throwaway!(Postgres is POSTGRES);

/// A server that follows another, until it is promoted.
static STANDBY: Service = Service {
    prepare: |_| Ok(()),
    ..SERVICE
};

impl Postgres {
    /// Starts a copy that follows this server and takes over when it is promoted
    /// (`SELECT pg_promote()`).
    ///
    /// # Errors
    /// As [`Server::start`], or when this server can't be copied.
    pub fn standby(&self) -> Result<Self> {
        let primary = self.place().port().to_string();
        let copy = |place: &Place| {
            let mut command = place.command("pg_basebackup");
            command.args(["--pgdata", DATA, "--host", "127.0.0.1", "--port", &primary]);
            command.args(["--username", "postgres", "--checkpoint", "fast"]);
            run(command.args(["--write-recovery-conf", "--no-sync"]))
        };
        Server::start_with(&STANDBY, copy).map(Self)
    }
}

/// Debian keeps each version in a folder of its own, outside `PATH`.
fn debian_folders() -> Vec<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut versions: Vec<_> = versions.flatten().map(|version| version.path()).collect();
    versions.sort_by_key(|version| std::cmp::Reverse(version_number(version)));
    versions.iter().map(|version| version.join("bin")).collect()
}

fn version_number(folder: &Path) -> Option<u32> {
    folder.file_name()?.to_str()?.parse().ok()
}

fn initdb(place: &Place) -> Result<()> {
    let mut command = place.command("initdb");
    command.args(["--pgdata", DATA, "--username", "postgres"]);
    command.args(["--auth", "trust", "--encoding", "UTF8", "--no-locale"]);
    if knows_locales(place) {
        // As databases are by default elsewhere: text is not in the order of its bytes.
        command.args(["--locale-provider", "icu", "--icu-locale", "en-US"]);
    }
    run(command.arg("--no-sync"))
}

/// Whether databases can have an order that the system need not know: since PostgreSQL 15.
fn knows_locales(place: &Place) -> bool {
    let help = place.command("initdb").arg("--help").output();
    help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("--icu-locale"))
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().display().to_string();
    let done = command.output();
    let done = done.with_context(|| format!("cannot start {program}"))?;
    let fault = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "{program} failed:\n{fault}");
    Ok(())
}

fn postgres(place: &Place) -> Command {
    let mut command = place.command("postgres");
    command.args(["-D", DATA, "-p", &place.port().to_string()]);
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command
}

/// The server writes its state into the eighth line of its lock file. A lock file that a
/// killed server left behind says the same, but then nothing listens.
fn is_ready(place: &Place) -> bool {
    let lock = fs::read_to_string(place.folder().join(DATA).join("postmaster.pid"));
    let state = lock.iter().flat_map(|lock| lock.lines().nth(7)).next();
    let is_up = |state: &str| ["ready", "standby"].contains(&state.trim());
    state.is_some_and(is_up) && place.answers(b"", b"")
}
