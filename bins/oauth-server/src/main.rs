//! Runs the server.

use std::process::ExitCode;

use oauth_server::{OauthSettings, SERVER};

fn main() -> ExitCode {
    auth_server::main::<OauthSettings>(&SERVER)
}
