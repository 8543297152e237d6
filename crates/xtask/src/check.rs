//! `cargo xtask check`: everything about the code that needs no server.

use std::process::Command;
use std::time::Instant;

use crate::cargo::cargo;

/// Runs every check, also after one failed, and says whether all passed.
pub fn run() -> bool {
    let results = checks().map(|(name, command)| (name, passes(name, command)));
    let failed: Vec<_> = results.into_iter().filter(|(_, passed)| !passed).collect();
    for (name, _) in &failed {
        println!("failed: {name}");
    }
    failed.is_empty()
}

/// The checks, those that find most in the least time first.
fn checks() -> [(&'static str, Command); 4] {
    let mut docs = cargo(["doc", "--workspace", "--no-deps"]);
    docs.env("RUSTDOCFLAGS", "-Dwarnings");
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "-Dwarnings"];
    [
        ("format", cargo(["fmt", "--all", "--check"])),
        ("lints", cargo(clippy)),
        ("documentation", docs),
        // The whole workspace is named so that nothing is compiled again for other features.
        (
            "docker-compose.yml",
            cargo(["test", "--workspace", "--test", "compose"]),
        ),
    ]
}

fn passes(name: &str, mut command: Command) -> bool {
    println!("checking {name} ...");
    let start = Instant::now();
    let status = command.status();
    let seconds = start.elapsed().as_secs_f32();
    match &status {
        Ok(status) => println!("checked {name} in {seconds:.1} s: {status}"),
        Err(error) => println!("cannot start cargo: {error}"),
    }
    status.is_ok_and(|status| status.success())
}
