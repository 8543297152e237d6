//! Runs the server.

use std::process::ExitCode;

fn main() -> ExitCode {
    auth_server::main(&oauth_server::SERVER)
}
