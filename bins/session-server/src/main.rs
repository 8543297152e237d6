//! Runs the server.

use std::process::ExitCode;

use session_server::{SERVER, SessionSettings};

fn main() -> ExitCode {
    auth_server::main::<SessionSettings>(&SERVER)
}
