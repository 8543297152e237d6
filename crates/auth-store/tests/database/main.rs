//! What is particular to the databases: migrations, files, outages, cancelled calls, TLS.
//!
//! Tests that need a PostgreSQL start one of their own; where it is not installed they say
//! that they did not run.

#![allow(clippy::unwrap_used)]

mod accounts;
mod append_only;
mod cancellation;
mod crash;
mod deadlocks;
mod files;
mod following;
mod growth;
mod hosts;
mod migrations;
mod outages;
mod place;
mod pooler;
mod refusals;
mod runtimes;
mod tls;
mod upgrade;
