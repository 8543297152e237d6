//! Administers what the servers work on: the database, accounts and signing keys.

// The futures of the flows, each inside the next, are types that are deep.
#![recursion_limit = "256"]

mod answer;
mod cli;
mod commands;
mod confirm;
mod failure;
mod http;
mod server_settings;
mod table;
mod terminal;

use std::path::Path;
use std::process::ExitCode;

use answer::Answer;
use cli::{Cli, Invocation};
use commands::Context;
use jwt_server::JwtSettings;
use oauth_server::OauthSettings;
use session_server::SessionSettings;

/// Called by the name of a server it is that server, since it has all of them in it anyway: so one
/// program is enough for a container.
fn main() -> ExitCode {
    match called() {
        Some(name) if name == session_server::SERVER.name => {
            auth_server::main::<SessionSettings>(&session_server::SERVER)
        }
        Some(name) if name == jwt_server::SERVER.name => {
            auth_server::main::<JwtSettings>(&jwt_server::SERVER)
        }
        Some(name) if name == oauth_server::SERVER.name => {
            auth_server::main::<OauthSettings>(&oauth_server::SERVER)
        }
        _ => administer(),
    }
}

/// By which name.
fn called() -> Option<String> {
    let program = std::env::args_os().next()?;
    let name = Path::new(&program).file_name()?;
    Some(name.to_string_lossy().into_owned())
}

fn administer() -> ExitCode {
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
