//! Passwords known from data breaches, where an operator has a list of them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use auth_testkit::account::{Person, new_password};
use auth_testkit::process::{Program, ServerProcess};
use tempfile::TempDir;

use crate::deployment::Deployment;
use crate::on;
use crate::startup::{plain, refuses};

on! {
    a_breached_password_signs_in_and_is_chosen_by_nobody: session_on_sqlite, jwt_on_sqlite;
    a_list_that_is_gone_is_an_outage_of_new_passwords_only: session_on_sqlite;
    a_list_may_be_a_folder_of_ranges: session_on_sqlite;
}

const BREACHED: &str = "plenty of llamas";
const BREACHED_TOO: &str = "plenty of alpacas";

/// A sorted list with both, as Have I Been Pwned writes it.
const LIST: &str = "00000000DD7F2A1C68A35673713783CA390C9E93:1\r\n\
    B3C64DF813856997CF25AA1A8F01FCF9BF194329:1035\r\n\
    EF3CD9DE2A5DE4B9ED0FFBAE99AEE7E8C396476A:7\r\n\
    FFFFFFFEE791CBAC0F6305CAF0CEE06BBE131160:2\r\n";

async fn a_breached_password_signs_in_and_is_chosen_by_nobody(on: Deployment) -> Result<()> {
    let list = on.write("pwned.txt", LIST)?;
    let launch = on.launch().flag("--verification", "optional");
    let mut server = ServerProcess::start(launch).await?;
    let ada = Person::new("ada").with_password(BREACHED);
    // Without the setting nothing is looked up.
    let client = server.client().await?;
    client.register(&ada).await?.is(201)?;

    server
        .restart_with("--breached-passwords", list.display())
        .await?;
    let target = on.target(&server);
    let client = target.client().await?;
    client.login(&ada.username, BREACHED).await?.ok()?;

    let bob = Person::new("bob").with_password(BREACHED);
    let reply = client.copy().register(&bob).await?;
    reply.refused_field("password", "breached")?;
    let reply = client.change_password(BREACHED, BREACHED_TOO).await?;
    reply.refused_field("new_password", "breached")?;

    let mut inbox = target.inbox(&ada.email).await?;
    client.copy().forgot(&ada.email).await?.is(202)?;
    let (token, new) = (inbox.token().await?, new_password());
    let reply = client.copy().reset(&token, BREACHED_TOO).await?;
    reply.refused_field("password", "breached")?;
    client.copy().reset(&token, &new).await?.ok()?;
    client.copy().login(&ada.username, &new).await?.ok()?;

    let bob = bob.with_password(&new_password());
    client.copy().register(&bob).await?.is(201)?;
    Ok(())
}

async fn a_list_that_is_gone_is_an_outage_of_new_passwords_only(on: Deployment) -> Result<()> {
    let list = on.write("pwned.txt", LIST)?;
    let launch = on.launch().flag("--verification", "optional");
    let launch = launch.flag("--breached-passwords", list.display());
    let server = ServerProcess::start(launch).await?;
    let client = server.client().await?;
    let (ada, bob) = (Person::new("ada"), Person::new("bob"));
    client.register(&ada).await?.is(201)?;

    fs::remove_file(&list)?;
    client.login(&ada.username, &ada.password).await?.ok()?;
    let reply = client.copy().register(&bob).await?;
    reply.refused(503, "unavailable")?;
    let reply = client.change_password(&ada.password, &new_password()).await;
    reply?.refused(503, "unavailable")?;
    let log = server.output().tail();
    ensure!(log.contains("pwned.txt"), "the log names no file: {log}");

    // A newer list is taken up by itself.
    on.write("pwned.txt", LIST)?;
    client.copy().register(&bob).await?.is(201)?;
    let eve = Person::new("eve").with_password(BREACHED);
    let reply = client.copy().register(&eve).await?;
    reply.refused_field("password", "breached")?;
    Ok(())
}

async fn a_list_may_be_a_folder_of_ranges(on: Deployment) -> Result<()> {
    let folder = on.folder().join("ranges");
    fs::create_dir(&folder)?;
    // Those that a start looks at, and that of the password.
    let prefixes = (0..=16).map(|n| format!("{:05X}", n * 0xFFFF));
    for prefix in prefixes.chain(["EF3CD".to_owned()]) {
        let padding = format!("{}:0\r\n", "0".repeat(35));
        let known = "9DE2A5DE4B9ED0FFBAE99AEE7E8C396476A:7";
        fs::write(folder.join(format!("{prefix}.txt")), padding + known)?;
    }
    let launch = on.launch().flag("--breached-passwords", folder.display());
    let server = ServerProcess::start(launch).await?;
    let ada = Person::new("ada").with_password(BREACHED);
    let reply = server.client().await?.register(&ada).await?;
    reply.refused_field("password", "breached")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_list_stops_the_start() {
    let data = TempDir::new().unwrap();
    let write = |name: &str, text: &str| -> PathBuf {
        let file = data.path().join(name);
        fs::write(&file, text).unwrap();
        file
    };
    let lines: Vec<&str> = LIST.split_inclusive('\n').rev().collect();
    for path in [
        Path::new("/nowhere/pwned.txt"),
        Path::new("/dev/null"),
        data.path(),
        &write("empty.txt", ""),
        &write("unsorted.txt", &lines.concat()),
        &write("plain.txt", "password\nletmein\n"),
        &write("ntlm.txt", "32ED87BDB5FDC5E9CBA88547376818D4:1\n"),
        &write("broken.txt", &LIST[..LIST.len() - 20]),
    ] {
        let launch = plain(Program::SessionServer, data.path());
        let launch = launch.flag("--breached-passwords", path.display());
        refuses("--breached-passwords", launch).await;
        assert!(!data.path().join("auth.db").exists(), "{}", path.display());
    }
}
