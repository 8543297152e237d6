//! Where auth-core keeps things: users, tokens, sessions, limits and the mail queue on
//! SQLite or, with the feature `postgres`, PostgreSQL ([`Database`]); sessions and limits
//! also in memory ([`memory`]) and on Redis (the feature and module `redis`).

pub mod backup;
mod database;
#[cfg(feature = "leases")]
mod leases;
pub mod memory;
pub mod migrate;
mod purge;
#[cfg(feature = "redis")]
pub mod redis;
mod schema;

pub use auth_revocation::Lease;
pub use database::{
    Database, DatabaseConfig, DatabaseUrl, InvalidDatabaseUrl, PoolState, SeenServer, ServerNote,
    StatementCache,
};
