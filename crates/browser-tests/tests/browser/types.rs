//! The types of `client.js`, checked.

use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use crate::environment::{self, TSC, workspace};

/// What a browser has.
const OPTIONS: [&str; 11] = [
    "--noEmit",
    "--allowJs",
    "--checkJs",
    "--strict",
    "--noUncheckedIndexedAccess",
    "--target",
    "es2022",
    "--module",
    "esnext",
    "--lib",
    "es2022,dom,dom.iterable",
];

/// Runs the TypeScript compiler on the client library.
pub fn trial() -> Trial {
    let name = "browser::types::the_client_keeps_its_types".to_owned();
    environment::trial(name, &[TSC], || {
        let client = workspace().join("crates/auth-web/assets/client.js");
        check(&client).map_err(Failed::from)
    })
}

fn check(file: &Path) -> Result<(), String> {
    let checked = Command::new("node")
        .arg(environment::value(TSC))
        .args(OPTIONS)
        .arg(file)
        .output();
    let checked = checked.map_err(|error| format!("node: {error}"))?;
    match checked.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&checked.stdout).into_owned()),
    }
}
