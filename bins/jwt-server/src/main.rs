//! Runs the server.

use std::process::ExitCode;

use jwt_server::{JwtSettings, SERVER};

fn main() -> ExitCode {
    auth_server::main::<JwtSettings>(&SERVER)
}
