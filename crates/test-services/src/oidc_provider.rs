//! An OpenID provider.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use rustix::process::Signal;

use crate::packages::NPM;
use crate::server::throwaway;
use crate::{Packages, Place, Server, Service, Software, Variable};

/// The npm package oidc-provider, which the OpenID Foundation certified.
///
/// - A client registers itself: a POST to `/reg` with `redirect_uris` (RFC 7591). Its
///   `token_endpoint_auth_method` is `client_secret_basic`, or `none` when it asks for that.
/// - PKCE with S256 is required, ID tokens are signed with RS256.
/// - The login page takes any name and password. A person named `ada` has the subject `ada`
///   and the address `ada@example.net`, which is verified unless the name starts with
///   `unverified`. Claims of the scopes `email` and `profile` come from the userinfo endpoint.
/// - A POST to `/__test/rotate-keys` signs with a new key from then on and keeps publishing
///   the old ones; with `?drop_old=true` it stops publishing them.
///
/// It remembers the latest thousand or so of its clients, sessions, grants and codes, in
/// memory: a restart forgets all of them, and makes new keys.
pub static OIDC_PROVIDER: Service = Service {
    name: "oidc-provider",
    url: Variable {
        name: "TEST_OIDC_PROVIDER_URL",
        value: |place| format!("http://127.0.0.1:{}", place.port()),
    },
    also: &[],
    software: Software::npm(&PACKAGES),
    prepare: copy_modules,
    command: node,
    is_ready: |place| place.get("/.well-known/openid-configuration").is_some(),
    stop: Signal::TERM,
    discard: Signal::KILL,
};

static PACKAGES: Packages = Packages {
    name: "oidc-provider",
    from: &NPM,
    pins: &[
        (
            "package.json",
            include_str!("../npm/oidc-provider/package.json"),
        ),
        (
            "package-lock.json",
            include_str!("../npm/oidc-provider/package-lock.json"),
        ),
    ],
    names: &[],
};

const PROGRAM: &str = include_str!("../npm/oidc-provider/server.mjs");
const PROGRAM_FILE: &str = "server.mjs";

/// A throwaway OpenID provider.
#[derive(Debug)]
pub struct OidcProvider(Server);

throwaway!(OidcProvider is OIDC_PROVIDER);

/// The account of the server may not enter the home directory that the packages are in.
fn copy_modules(place: &Place) -> Result<()> {
    let program = place.folder().join(PROGRAM_FILE);
    fs::write(&program, PROGRAM).context("cannot write the program of the provider")?;
    let copy = place.folder().join("node_modules");
    run("cp", "-R", &[&PACKAGES.folder()?, &copy])?;
    run("chmod", "-R", &[Path::new("a+rX"), &program, &copy])
}

fn run(program: &str, option: &str, arguments: &[&Path]) -> Result<()> {
    let status = Command::new(program).arg(option).args(arguments).status();
    let status = status.with_context(|| format!("cannot start {program}"))?;
    ensure!(status.success(), "{program} failed ({status})");
    Ok(())
}

fn node(place: &Place) -> Command {
    let mut command = place.command("node");
    command.args([PROGRAM_FILE, &place.port().to_string()]);
    command
}
