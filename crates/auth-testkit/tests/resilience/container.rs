//! Servers as containers run them: on a file system that can't be written to, as a user without a
//! name, and asked for their health by a program.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use auth_testkit::account::Person;
use auth_testkit::process::{Ended, Launch, Program, ServerProcess};
use serde_json::json;
use tempfile::TempDir;
use test_services::{SMTP, Smtp, can_run, cannot_run};

use crate::deployment::Deployment;
use crate::on;
use crate::smtp::Delivered;
use crate::startup::refuses;

on! {
    a_server_on_postgresql_needs_no_file_of_its_own: session_on_services;
    what_can_not_be_kept_is_asked_for: session_on_services;
    authctl_tells_whether_a_server_can_work: session_on_own_services;
    the_image_has_all_that_its_programs_need: session_on_sqlite;
}

/// Nobody's in /etc/passwd.
const USER: u32 = 12_345;

/// Lets nobody write to the file system.
const SEAL: &str = r#"
    mount -o remount,bind,ro / || exit 1
    if mountpoint -q /tmp; then mount -o remount,bind,ro /tmp || exit 1; fi
    touch /tmp/written 2>/dev/null && exit 1
"#;

/// Runs a program as [`USER`], where that user may write nothing.
const RUN: &str = r#"
    cd / || exit 1
    exec setpriv --reuid 12345 --regid 12345 --clear-groups --no-new-privs "$0" "$@"
"#;

/// A server as a container runs it. Where namespaces are not to be had, it can still write nothing
/// to the folder that it is in.
fn sealed(launch: Launch, program: Program) -> Result<Launch> {
    let program = program.path()?.display().to_string();
    let launch = launch.flag("--data-dir", "/nowhere/data");
    Ok(match may_unshare() {
        true => {
            let script = format!("{SEAL}{RUN}");
            let words = ["--mount", "--", "sh", "-c", &script, &program];
            launch.from_file(Path::new("/usr/bin/unshare")).words(words)
        }
        false => launch
            .from_file(Path::new("/bin/sh"))
            .words(["-c", RUN, &program]),
    })
}

fn may_unshare() -> bool {
    let tried = Command::new("unshare").args(["--mount", "true"]).output();
    tried.is_ok_and(|tried| tried.status.success())
}

/// Whether this process may run programs as others.
fn is_root(test: &str) -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        cannot_run(test, "only root runs programs as another user");
    }
    let people = fs::read_to_string("/etc/passwd").unwrap_or_default();
    assert!(
        !people.contains(&format!(":{USER}:")),
        "the user has a name"
    );
    is_root
}

/// A secret as orchestrators hand it over: it belongs to root, and a group may read it.
fn secret(on: &Deployment, name: &str, text: &str) -> Result<PathBuf> {
    fs::set_permissions(on.folder(), Permissions::from_mode(0o755))?;
    let file = on.write(name, text)?;
    fs::set_permissions(&file, Permissions::from_mode(0o440))?;
    chown(&file, Some(0), Some(USER))?;
    Ok(file)
}

/// A signing key as jwt-server makes it.
async fn new_signing_key(on: &Deployment) -> Result<String> {
    let mut server = ServerProcess::start(on.launch_as(Program::JwtServer)).await?;
    server.terminate().await?;
    let files = fs::read_dir(on.folder().join("keys"))?;
    let files = files.collect::<std::io::Result<Vec<_>>>()?;
    let mut paths = files.iter().map(fs::DirEntry::path);
    let key = paths.find(|path| path.extension().is_some_and(|end| end == "key"));
    Ok(fs::read_to_string(key.expect("a key"))?)
}

async fn a_server_on_postgresql_needs_no_file_of_its_own(on: Deployment) -> Result<()> {
    let test = "a_server_on_postgresql_needs_no_file_of_its_own";
    if !is_root(test) || !can_run(test, &[&SMTP]) {
        return Ok(());
    }
    let signing = secret(&on, "signing.key", &new_signing_key(&on).await?)?;
    // The key that the server above has made is the one of this database.
    let made = fs::read_to_string(on.folder().join("encryption.key"))?;
    let encryption = secret(&on, "seeds.key", &made)?;
    let smtp = Smtp::start()?;
    for (program, name) in [
        (Program::SessionServer, "ada"),
        (Program::JwtServer, "bob"),
        (Program::OauthServer, "eve"),
    ] {
        let mut launch = on
            .launch_as(program)
            .flag("--mail", smtp.url())
            .flag("--encryption-key-file", encryption.display());
        if program != Program::SessionServer {
            launch = launch.flag("--jwt-key-file", signing.display());
        }
        if program == Program::OauthServer {
            launch = launch.flag("--issue", "jwt");
        }
        let mut server = ServerProcess::start(sealed(launch, program)?).await?;
        signs_somebody_up(&on, &server, &smtp, name).await?;
        assert_eq!(server.terminate().await?.code(), Some(0));
    }
    Ok(())
}

async fn signs_somebody_up(
    on: &Deployment,
    server: &ServerProcess,
    smtp: &Smtp,
    name: &str,
) -> Result<()> {
    let (client, person) = (server.client().await?, Person::new(name));
    client.register(&person).await?.is(202)?;
    on.mail_is_done().await;
    let mails = Delivered::of(smtp)?.to(&person.email).await?;
    let token = mails[0].token()?;
    client.confirm(&token, &person.password).await?.ok()?;
    let strategy = client.get("/strategy").await?.ok()?;
    let methods = &strategy.json()["factors"]["methods"];
    assert!(
        methods.as_array().unwrap().contains(&json!("totp")),
        "{strategy}"
    );
    Ok(())
}

async fn what_can_not_be_kept_is_asked_for(on: Deployment) -> Result<()> {
    if !is_root("what_can_not_be_kept_is_asked_for") {
        return Ok(());
    }
    let bare = |program| {
        let launch = on.launch_as(program).flag("--bind", "127.0.0.1:0");
        sealed(launch.flag("--mail", "smtp://127.0.0.1:1"), program)
    };
    refuses("--jwt-key-file", bare(Program::JwtServer)?).await;
    let mailing = bare(Program::SessionServer)?.flag("--mail", "dev");
    refuses("--data-dir", mailing).await;

    // Without anybody's seed to read there is an app less to offer, and nothing to lose.
    let mut server = ServerProcess::start(bare(Program::SessionServer)?).await?;
    server.terminate().await?;
    let told = server.output().out().concat();
    assert!(told.contains("--encryption-key-file"), "{told}");
    let mut keeping = ServerProcess::start(on.launch()).await?;
    on.target(&keeping).with_app("ada").await?;
    keeping.terminate().await?;
    refuses("--encryption-key-file", bare(Program::SessionServer)?).await;
    Ok(())
}

async fn health(server: &ServerProcess, words: &[&str]) -> Result<Ended> {
    let launch = Launch::of(Program::Authctl).words(words.iter().copied());
    launch.flag("--bind", server.address()).run().await
}

async fn authctl_tells_whether_a_server_can_work(on: Deployment) -> Result<()> {
    let mut server = on.start().await;
    let well = health(&server, &["health"]).await?;
    assert!(well.status.success(), "{}", well.output.tail());
    assert_eq!(well.output.out().len(), 1);

    on.redis().stop()?;
    let unwell = health(&server, &["health"]).await?;
    assert_eq!(unwell.status.code(), Some(1));
    let told = unwell.output.err();
    assert!(
        told.len() == 1 && told[0].contains("session_store"),
        "{told:?}"
    );
    let lives = health(&server, &["health", "--live"]).await?;
    assert!(lives.status.success(), "{}", lives.output.tail());

    server.kill();
    let gone = health(&server, &["health", "--live"]).await?;
    assert_eq!(gone.status.code(), Some(1));
    Ok(())
}

/// Puts the files of the image together as docker/Dockerfile does.
fn image(root: &Path) -> Result<()> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let script = workspace.join("docker/rootfs.sh");
    let made = Command::new(script)
        .args([Program::Authctl.path()?, root])
        .output()?;
    assert!(made.status.success(), "{made:?}");
    let data = root.join("var/lib/auth");
    chown(data, Some(USER), Some(USER))?;
    Ok(fs::set_permissions(root, Permissions::from_mode(0o755))?)
}

async fn the_image_has_all_that_its_programs_need(_: Deployment) -> Result<()> {
    if !is_root("the_image_has_all_that_its_programs_need") {
        return Ok(());
    }
    let root = TempDir::new()?;
    image(root.path())?;
    let inside = |program: &str| {
        let words = [
            "--userspec=12345:12345",
            "--groups=",
            &root.path().to_string_lossy(),
            program,
        ];
        let launch = Launch::of(Program::SessionServer);
        let launch = launch.from_file(Path::new("/usr/sbin/chroot")).words(words);
        launch.env("AUTH_DATA_DIR", "/var/lib/auth")
    };
    for program in ["session-server", "jwt-server", "oauth-server"] {
        let server = inside(&format!("/usr/local/bin/{program}"));
        let server = ServerProcess::start(server).await?;
        let ready = |line: &str| line.contains(program) && line.contains("is ready");
        server.output().line(ready).await?;
        let bind = server.address().to_string();
        let health = inside("/usr/local/bin/authctl").words(["health"]);
        let health = health.env("AUTH_BIND", &bind).run().await?;
        assert!(health.status.success(), "{}", health.output.tail());
    }
    // A provider or a mail server that proves itself by TLS.
    let far = inside("/usr/local/bin/authctl").words(["health", "https://127.0.0.1:1"]);
    let told = far.run().await?.output.err().concat();
    assert!(
        told.contains("https://") && !told.contains("certificates"),
        "{told}"
    );
    Ok(())
}
