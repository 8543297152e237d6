//! `cargo xtask check`: everything about the code that needs no server.

use std::env;
use std::process::Command;
use std::time::Instant;

use crate::cargo::cargo;

/// Something to check, and the command that does.
struct Check {
    name: &'static str,
    command: Command,
    /// The program that cargo starts for it, when it is none of Rust's own.
    tool: Option<&'static str>,
}

impl Check {
    fn new(name: &'static str, command: Command) -> Self {
        Self {
            name,
            command,
            tool: None,
        }
    }

    fn by(self, tool: &'static str) -> Self {
        Self {
            tool: Some(tool),
            ..self
        }
    }
}

/// Runs every check, also after one failed, and says whether all passed. What needs a tool
/// that is not installed is left out.
pub fn run() -> bool {
    let is_here = |check: &Check| check.tool.is_none_or(is_on_path);
    let (checks, left_out): (Vec<_>, Vec<_>) = checks().into_iter().partition(is_here);
    let results = checks.into_iter().map(|check| (check.name, passes(check)));
    let failed: Vec<_> = results.filter(|(_, passed)| !passed).collect();
    for Check { name, tool, .. } in left_out {
        let tool = tool.unwrap_or_default();
        println!("not run: {name} (to have it: cargo install --locked {tool})");
    }
    for (name, _) in &failed {
        println!("failed: {name}");
    }
    failed.is_empty()
}

/// The checks, those that find most in the least time first.
fn checks() -> [Check; 7] {
    let mut docs = cargo(["doc", "--workspace", "--no-deps"]);
    docs.env("RUSTDOCFLAGS", "-Dwarnings");
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "-Dwarnings"];
    // The whole workspace is named so that nothing is compiled again for other features.
    let manifests = ["test", "--workspace", "--test=manifests"];
    // What is there with none of the features is there with some of them.
    let bare = [
        "check",
        "--no-default-features",
        "--package=session-server",
        "--package=jwt-server",
        "--package=oauth-server",
        "--package=authctl",
    ];
    let mut machete = cargo(["machete"]);
    // By this it tells who started it, and would take it for `cargo run`, which started us.
    machete.env_remove("CARGO_PKG_NAME");
    // Advisories have to be fetched.
    let deny = ["deny", "--offline", "check", "bans", "licenses", "sources"];
    [
        Check::new("format", cargo(["fmt", "--all", "--check"])),
        Check::new("unused dependencies", machete).by("cargo-machete"),
        Check::new("licences and bans", cargo(deny)).by("cargo-deny"),
        Check::new("lints", cargo(clippy)),
        Check::new("servers without their features", cargo(bare)),
        Check::new("documentation", docs),
        Check::new("manifests", cargo(manifests)),
    ]
}

fn is_on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn passes(mut check: Check) -> bool {
    let name = check.name;
    println!("checking {name} ...");
    let start = Instant::now();
    let status = check.command.status();
    let seconds = start.elapsed().as_secs_f32();
    match &status {
        Ok(status) => println!("checked {name} in {seconds:.1} s: {status}"),
        Err(error) => println!("cannot start cargo: {error}"),
    }
    status.is_ok_and(|status| status.success())
}
