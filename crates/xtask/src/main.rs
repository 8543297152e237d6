//! The chores of this workspace: `cargo xtask test` and `cargo xtask check`.

mod apt;
mod cargo;
mod check;
mod install;
mod interrupt;
mod report;
mod services;
mod test;

use std::process::ExitCode;

use clap::Parser;

/// The chores of this workspace.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Chore {
    /// Runs every test, with the servers the tests need.
    Test(test::Options),
    /// Checks format, lints, documentation, dependencies and docker-compose.yml.
    Check,
}

fn main() -> ExitCode {
    let succeeded = match Chore::parse() {
        Chore::Test(options) => test::run(&options),
        Chore::Check => check::run(),
    };
    if succeeded {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
