//! Administers what the servers work on: the database, accounts and signing keys.

// The futures of the flows, each inside the next, are types that are deep.
#![recursion_limit = "256"]

mod answer;
mod cli;
mod commands;
mod confirm;
mod failure;
mod server_settings;
mod table;
mod terminal;

use std::process::ExitCode;

use answer::Answer;
use cli::{Cli, Invocation};
use commands::Context;

fn main() -> ExitCode {
    match Invocation::parse(std::env::args_os()) {
        Ok(invocation) => answer::give(invocation.format(), run(invocation)),
        Err(refusal) => refusal.report(),
    }
}

/// Runs the command on this thread: there is nothing to do beside it.
fn run(invocation: Invocation) -> anyhow::Result<Answer> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let format = invocation.format();
    let Invocation { cli, given } = invocation;
    let Cli { base, command } = cli;
    let context = Context::new(base.settings, base.yes, format, given);
    runtime.block_on(command.run(&context))
}
