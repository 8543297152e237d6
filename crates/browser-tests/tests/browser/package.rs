//! The npm package outside of a browser: what is in it, in Node, and on a server that renders.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::environment::{self, REACT, workspace};
use crate::project::Project;

/// The tests of this module.
pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "npm_packs_what_the_servers_serve",
            npm_packs_what_the_servers_serve,
        ),
        trial(
            "client_and_hooks_live_in_node",
            client_and_hooks_live_in_node,
        ),
        trial("the_example_keeps_its_types", the_example_keeps_its_types),
    ]
}

fn trial(name: &str, test: fn() -> Result<()>) -> Trial {
    environment::trial(format!("browser::package::{name}"), &[REACT], move || {
        test().map_err(|error| Failed::from(format!("{error:#}")))
    })
}

/// The names of the files in a folder.
fn files(folder: &Path) -> Result<BTreeSet<String>> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name()));
    let names = entries.map(|name: Result<_>| Ok(name?.to_string_lossy().into_owned()));
    names.collect()
}

fn npm_packs_what_the_servers_serve() -> Result<()> {
    let project = Project::new()?;
    let package = project.package();
    let expected = [
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "client.d.ts",
        "client.js",
        "package.json",
        "react.d.ts",
        "react.js",
    ];
    let found = files(&package)?;
    ensure!(found == expected.map(str::to_owned).into(), "{found:?}");
    for name in ["client.js", "client.d.ts"] {
        let served = workspace().join("crates/auth-web/assets").join(name);
        ensure!(fs::read(package.join(name))? == fs::read(served)?, "{name}");
    }
    let manifest: Value = serde_json::from_slice(&fs::read(package.join("package.json"))?)?;
    let version = env!("CARGO_PKG_VERSION");
    ensure!(manifest["version"] == version, "{}", manifest["version"]);
    ensure!(manifest["license"] == env!("CARGO_PKG_LICENSE"));
    let repository = manifest["repository"]["url"].as_str().context("no URL")?;
    ensure!(repository == concat!("git+", env!("CARGO_PKG_REPOSITORY"), ".git"));
    Ok(())
}

/// Runs tests of Node's own runner, from where the package is installed.
fn client_and_hooks_live_in_node() -> Result<()> {
    let project = Project::new()?;
    let tests = [
        ("client.test.mjs", include_str!("node/client.test.mjs")),
        ("react.test.mjs", include_str!("node/react.test.mjs")),
    ];
    for (name, content) in tests {
        fs::write(project.folder().join(name), content)?;
    }
    project.node("--test", &tests.map(|(name, _)| name))
}

fn the_example_keeps_its_types() -> Result<()> {
    Project::new()?.node("node_modules/typescript/bin/tsc", &["--noEmit"])
}
