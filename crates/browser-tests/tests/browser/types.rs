//! The types of `client.js` and of the React hooks, checked and written down.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use crate::environment::{self, REACT, TSC, workspace};
use crate::project::{PACKAGE, Project};

/// What a browser has.
const OPTIONS: [&str; 16] = [
    "--ignoreConfig",
    "--allowJs",
    "--checkJs",
    "--strict",
    "--noUncheckedIndexedAccess",
    "--target",
    "es2022",
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
    "--lib",
    "es2022,dom,dom.iterable",
    "--preserveSymlinks",
    "--declaration",
    "--emitDeclarationOnly",
];

/// When this variable is set, the declarations in git are written anew.
const UPDATE: &str = "UPDATE_TYPES";

/// The tests of this module.
pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, needs, test: fn() -> Result<()>| {
        environment::trial(format!("browser::types::{name}"), needs, move || {
            test().map_err(|error| Failed::from(format!("{error:#}")))
        })
    };
    vec![
        trial("the_client_keeps_its_types", &[TSC, REACT], || {
            keeps_its_types("client.js", "crates/auth-web/assets")
        }),
        trial("the_hooks_keep_their_types", &[TSC, REACT], || {
            keeps_its_types("react.js", "packages/client")
        }),
    ]
}

/// Runs the TypeScript compiler on a script of the package, and compares the declarations it
/// writes with those in git.
fn keeps_its_types(name: &str, in_git: &str) -> Result<()> {
    let (project, declared) = (Project::new()?, TempDir::new()?);
    let folder = declared.path().to_str().context("no Unicode")?;
    let script = format!("node_modules/{PACKAGE}/{name}");
    let arguments = [&OPTIONS[..], &["--outDir", folder, &script]].concat();
    project.node(&environment::value(TSC), &arguments)?;
    let name = Path::new(name).with_extension("d.ts");
    let in_git = workspace().join(in_git).join(&name);
    let declared = fs::read_to_string(declared.path().join(&name))?;
    if env::var_os(UPDATE).is_some() {
        fs::write(&in_git, &declared)?;
    }
    let kept = fs::read_to_string(&in_git).with_context(|| in_git.display().to_string())?;
    ensure!(
        kept == declared,
        "{} is not what the script declares; with {UPDATE}=1 this test writes it anew",
        in_git.display()
    );
    Ok(())
}
