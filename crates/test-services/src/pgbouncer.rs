//! pgbouncer, in front of a PostgreSQL.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use rustix::process::Signal;

use crate::server::throwaway_type;
use crate::{Place, Postgres, Server, Service, Software, Variable};

/// pgbouncer, any version, which takes a connection away after each transaction.
pub static PGBOUNCER: Service = Service {
    name: "pgbouncer",
    url: Variable {
        name: "TEST_PGBOUNCER_URL",
        value: |place| format!("postgres://postgres@127.0.0.1:{}/postgres", place.port()),
    },
    also: &[],
    software: Software {
        folders: || vec![PathBuf::from("/usr/sbin")],
        ..Software::debian(&["pgbouncer"], &["pgbouncer"])
    },
    prepare: |_| Ok(()),
    command: pgbouncer,
    is_ready: |place| place.answers(b"", b""),
    stop: Signal::INT,
    discard: Signal::KILL,
};

const CONFIG: &str = "pgbouncer.ini";
const USERS: &str = "users.txt";

/// A throwaway pgbouncer in transaction mode.
#[derive(Debug)]
pub struct PgBouncer(Server);

throwaway_type!(PgBouncer);

impl PgBouncer {
    /// Starts one in front of this server. It knows no prepared statements, as versions
    /// before 1.21 don't.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start(postgres: &Postgres) -> Result<Self> {
        let upstream = postgres.place().port();
        let server = Server::start_with(&PGBOUNCER, |place| {
            place.write(USERS, "\"postgres\" \"\"\n")?;
            let config = config(place.port(), upstream);
            place.write(CONFIG, &config).context("pgbouncer")
        });
        server.map(Self)
    }
}

fn config(port: u16, upstream: u16) -> String {
    format!(
        "[databases]\n\
         * = host=127.0.0.1 port={upstream} user=postgres\n\
         [pgbouncer]\n\
         listen_addr = 127.0.0.1\n\
         listen_port = {port}\n\
         unix_socket_dir =\n\
         auth_type = any\n\
         auth_file = {USERS}\n\
         pool_mode = transaction\n\
         default_pool_size = 20\n\
         max_client_conn = 500\n"
    )
}

fn pgbouncer(place: &Place) -> Command {
    let mut command = place.command("pgbouncer");
    command.arg(CONFIG);
    command
}
