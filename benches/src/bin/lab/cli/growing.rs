//! What `grow` is told.

use auth_bench::lab::growth::{Grown, Growth};
use auth_core::Argon2Cost;
use auth_store::DatabaseUrl;
use clap::Args;

/// What a database is to be filled with.
#[derive(Args)]
pub struct Growing {
    /// The database: a URL as the servers take it. Missing tables are made.
    #[arg(long)]
    pub database: DatabaseUrl,
    /// How many accounts.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..100_000_000))]
    users: u64,
    /// How many sessions that live.
    #[arg(long, default_value_t = 3_000, value_parser = clap::value_parser!(u64).range(..1_000_000_000))]
    sessions: u64,
    /// How many sessions that are over, for a server to purge.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(..1_000_000_000))]
    expired: u64,
    /// The price of the password that all accounts have.
    #[arg(long, default_value_t = Argon2Cost::RECOMMENDED)]
    argon2: Argon2Cost,
    /// Equal seeds make equal names and credentials.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(..10_000_000_000))]
    seed: u64,
    /// Adds to the accounts that the database has, instead of refusing it.
    #[arg(long)]
    add: bool,
    /// Of how many sessions to print the credentials.
    #[arg(long, default_value_t = 5)]
    credentials: usize,
}

impl Growing {
    /// What to make.
    pub fn growth(&self) -> Growth {
        Growth {
            users: self.users,
            sessions: self.sessions,
            expired: self.expired,
            argon2: self.argon2,
            seed: self.seed,
            add: self.add,
            told: self.credentials,
        }
    }

    /// Says how to use it: what begins with `#` explains, each other line is a session.
    pub fn print(&self, grown: &Grown) {
        let Grown {
            first,
            last,
            password,
            sessions,
        } = grown;
        println!("# {} accounts, from {first} to {last}", self.users);
        println!("# the password of each: {password}");
        println!("# session-server --transport bearer takes these sessions:");
        println!("# curl -H \"Authorization: Bearer ACCESS\" .../profile");
        println!("# USERNAME\tACCESS\tREFRESH");
        for session in sessions {
            println!("{}\t{}\t{}", session.name, session.access, session.refresh);
        }
    }
}
