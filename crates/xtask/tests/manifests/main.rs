//! What the manifests of the workspace promise, whether or not cargo-deny is installed, and what
//! its other files say of each other.
#![cfg(test)]

mod asvs;
mod cycles;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use serde::Deserialize;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// A crate of the workspace.
#[derive(Deserialize)]
struct Package {
    name: String,
    /// The binary that `cargo run` starts.
    default_run: Option<String>,
    dependencies: Vec<Dependency>,
    description: Option<String>,
    #[serde(flatten)]
    shared: Shared,
}

/// What all crates inherit.
#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Shared {
    version: String,
    edition: String,
    rust_version: Option<String>,
    license: Option<String>,
    repository: Option<String>,
    keywords: BTreeSet<String>,
    categories: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// The versions that will do.
    req: String,
    /// None is a dependency of the crate itself.
    kind: Option<String>,
    /// Where it is, if it is of this workspace.
    path: Option<String>,
}

fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap()
}

fn packages() -> Vec<Package> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["metadata", "--no-deps", "--offline", "--format-version=1"];
    let mut command = Command::new(cargo);
    let output = command.args(arguments).current_dir(workspace()).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    let metadata: Metadata = serde_json::from_slice(&output.stdout).unwrap();
    metadata.packages
}

/// Every dependency, with the name of the crate that has it.
fn dependencies() -> impl Iterator<Item = (String, Dependency)> {
    let of = |package: Package| {
        let name = package.name;
        let dependencies = package.dependencies.into_iter();
        dependencies.map(move |dependency| (name.clone(), dependency))
    };
    packages().into_iter().flat_map(of)
}

#[test]
fn only_the_store_a_test_and_an_example_use_diesel() {
    let mut users = BTreeSet::new();
    for (name, dependency) in dependencies() {
        if dependency.name.starts_with("diesel") {
            users.insert((name, dependency.kind.unwrap_or_default()));
        }
    }
    let expected = [
        ("auth-store", ""),
        ("auth-testkit", "dev"),
        ("comprehensive-auth", "dev"),
    ];
    let expected = expected.map(|(name, kind)| (name.to_owned(), kind.to_owned()));
    assert_eq!(users, BTreeSet::from(expected));
}

/// The first command of the README names none: `cargo run --release -- up`.
#[test]
fn cargo_runs_authctl_where_nothing_is_named() {
    let run = |package: Package| package.default_run;
    let by_default: Vec<_> = packages().into_iter().filter_map(run).collect();
    assert_eq!(by_default, ["authctl"]);
}

#[test]
fn no_dependency_takes_just_any_version() {
    for (name, dependency) in dependencies() {
        let anything = dependency.path.is_none() && dependency.req.contains('*');
        assert!(!anything, "{name}: {} {}", dependency.name, dependency.req);
    }
}

#[test]
fn every_crate_says_what_it_is_and_the_rest_is_alike() {
    let packages = packages();
    let first = &packages[0].shared;
    assert!(first.rust_version.is_some() && first.license.is_some() && first.repository.is_some());
    assert!((1..=5).contains(&first.keywords.len()) && !first.categories.is_empty());
    let mut descriptions = BTreeSet::new();
    for package in &packages {
        assert_eq!(&package.shared, first, "{}", package.name);
        let description = package.description.as_deref().unwrap_or_default();
        assert!(!description.is_empty(), "{}", package.name);
        assert!(descriptions.insert(description), "{description}");
    }
}

#[test]
fn the_hosted_run_uses_the_rust_of_the_workspace() {
    let workflow = fs::read_to_string(workspace().join(".github/workflows/ci.yml")).unwrap();
    let workflow: serde_json::Value = serde_saphyr::from_str(&workflow).unwrap();
    let job = &workflow["jobs"]["everything"];
    let rust = packages().swap_remove(0).shared.rust_version.unwrap();
    assert_eq!(job["container"], format!("rust:{rust}-bookworm"));
    let mut steps = job["steps"].as_array().unwrap().iter();
    assert!(steps.any(|step| step["run"] == ".ci/run"));
}
