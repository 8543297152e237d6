//! The image: what builds it, and what it is told.

use std::fs;
use std::process::Command;

use test_services::{HADOLINT, given};

use crate::file::{Compose, workspace};
use crate::{flags, programs};

fn dockerfile() -> String {
    fs::read_to_string(workspace().join("docker/Dockerfile")).unwrap()
}

/// The version that the workspace has in its manifest.
pub fn version() -> String {
    let manifest = fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    let (_, package) = manifest
        .split_once("[workspace.package]\nversion = \"")
        .unwrap();
    package.split('"').next().unwrap().to_owned()
}

#[test]
fn it_is_built_from_what_is_there_and_has_every_program() {
    for (name, service) in Compose::read().servers() {
        let build = service.build.as_ref().unwrap();
        let context = workspace().join(&build.context);
        assert!(context.join("Cargo.lock").is_file(), "{name}");
        assert!(context.join(&build.dockerfile).is_file(), "{name}");
    }
    assert!(dockerfile().contains("--package authctl "));
    let rootfs = fs::read_to_string(workspace().join("docker/rootfs.sh")).unwrap();
    assert!(programs().iter().all(|program| rootfs.contains(program)));
}

#[test]
fn it_has_no_provider_that_signs_anybody_in() {
    let dockerfile = dockerfile();
    assert!(dockerfile.contains("--no-default-features --features pages,postgres,redis "));
    assert!(!dockerfile.contains("dev-provider"));
}

#[test]
fn it_has_the_rust_of_the_workspace_and_its_version() {
    let dockerfile = dockerfile();
    let manifest = fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    let rust = dockerfile.split("FROM rust:").nth(1).unwrap();
    let rust = rust.split('-').next().unwrap();
    assert!(manifest.contains(&format!("rust-version = \"{rust}\"")));
    let label = format!("org.opencontainers.image.version=\"{}\"", version());
    assert!(dockerfile.contains(&label));
}

#[test]
fn it_names_only_known_settings() {
    let (dockerfile, flags) = (dockerfile(), flags());
    let set = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("ENV "));
    let names = set.map(|variable| variable.split('=').next().unwrap());
    let (ours, others): (Vec<_>, Vec<_>) = names.partition(|name| name.starts_with("AUTH_"));
    assert_eq!(others, ["PATH", "SSL_CERT_FILE"]);
    assert_eq!(ours, ["AUTH_DATA_DIR", "AUTH_BIND"]);
    assert!(ours.iter().all(|name| flags.contains_key(*name)));
}

#[test]
fn it_runs_as_a_user_that_has_a_number_and_tells_its_health() {
    let dockerfile = dockerfile();
    let mut lines = dockerfile.lines();
    let user = lines.find_map(|line| line.strip_prefix("USER ")).unwrap();
    let ids = user.split(':').map(|id| id.parse::<u32>().unwrap());
    assert!(ids.into_iter().all(|id| id > 0));
    // Without a shell, which the image does not have.
    assert!(dockerfile.contains(r#"CMD ["authctl", "health"]"#));
}

#[test]
fn hadolint_finds_nothing() {
    let Some(hadolint) = given(HADOLINT.variable, "hadolint_finds_nothing") else {
        return;
    };
    let mut hadolint = Command::new(hadolint);
    let found = hadolint.arg(workspace().join("docker/Dockerfile")).output();
    let found = found.unwrap();
    assert!(found.status.success(), "{found:?}");
}
