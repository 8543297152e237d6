//! Two versions of the servers on one database, side by side and one after the other, as while
//! a new one is rolled out, and back again: no session and no mail is lost on the way.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod devices;
mod earlier;
mod flows;
mod mail_server;
mod node;
mod rollout;
mod stores;

use std::time::Duration;

use anyhow::Result;
use auth_testkit::process::Program;
use test_services::{POSTGRES, REDIS, SMTP, can_run, cannot_run};
use tokio::time::timeout;

use crate::earlier::Earlier;
use crate::stores::Stores;

/// No test takes this long, unless something hangs.
const PATIENCE: Duration = Duration::from_secs(150);

#[tokio::test(flavor = "multi_thread")]
async fn sessions_on_sqlite() -> Result<()> {
    on_sqlite("sessions_on_sqlite", Program::SessionServer).await
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_on_sqlite() -> Result<()> {
    on_sqlite("tokens_on_sqlite", Program::JwtServer).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_on_postgres_and_redis() -> Result<()> {
    on_services("sessions_on_postgres_and_redis", Program::SessionServer).await
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_on_postgres_and_redis() -> Result<()> {
    on_services("tokens_on_postgres_and_redis", Program::JwtServer).await
}

async fn on_sqlite(test: &str, program: Program) -> Result<()> {
    match can_run(test, &[&SMTP]) {
        true => roll_out(test, program, Stores::sqlite()?).await,
        false => Ok(()),
    }
}

async fn on_services(test: &str, program: Program) -> Result<()> {
    match can_run(test, &[&SMTP, &POSTGRES, &REDIS]) {
        true => roll_out(test, program, Stores::services()?).await,
        false => Ok(()),
    }
}

async fn roll_out(test: &str, program: Program, stores: Stores) -> Result<()> {
    let old = match earlier::version()? {
        Earlier::Built(folder) => stores.node(program, Some(&folder.join(program.name())))?,
        Earlier::Unknown(reason) => {
            cannot_run(test, reason);
            return Ok(());
        }
    };
    // Compiling is not part of what a test may take.
    program.path()?;
    let new = stores.node(program, None)?;
    let rollout = timeout(PATIENCE, rollout::there_and_back(&stores, old, new));
    rollout.await.expect("the test hangs")
}
