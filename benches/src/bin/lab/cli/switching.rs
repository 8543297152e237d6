//! What `switch` is told.

use auth_bench::lab::environment::{Given, Store};
use auth_bench::lab::switch::Switch;
use auth_core::Argon2Cost;
use clap::Args;

/// A change from sessions to tokens and back, under load.
#[derive(Args)]
pub struct Switching {
    /// How many clients there are.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    clients: u32,
    /// How many of a hundred only keep a cookie.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(..=100))]
    plain: u32,
    /// Where sessions are kept.
    #[arg(long, value_enum, default_value_t = Store::Sqlite)]
    store: Store,
    /// How often each node is killed, each way.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(..=100))]
    kills: u32,
    /// A PostgreSQL server to use, where databases may be made; else one is started.
    #[arg(long)]
    postgres: Option<String>,
    /// A Redis server to use, which is emptied; else one is started.
    #[arg(long)]
    redis: Option<String>,
}

impl Switching {
    /// What to run.
    pub fn switch(&self) -> Switch {
        Switch {
            clients: self.clients as usize,
            plain: self.plain as usize,
            store: self.store,
            kills: self.kills as usize,
            argon2: Argon2Cost::RECOMMENDED,
        }
    }

    /// The stores that are given.
    pub fn services(&self) -> Given {
        Given {
            postgres: self.postgres.clone(),
            redis: self.redis.clone(),
        }
    }
}
