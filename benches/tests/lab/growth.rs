//! A database that the lab has filled is one that servers work on.

use std::process::{Command, Output};

use auth_testkit::client::{Client, Credential};
use auth_testkit::process::{Launch, Program, ServerProcess};
use test_services::{POSTGRES, Postgres, can_run};

fn grow(url: &str, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(["grow", "--database", url, "--users", "20"])
        .args([
            "--sessions",
            "50",
            "--expired",
            "30",
            "--argon2",
            "m=64,t=1,p=1",
        ])
        .args(more)
        .output()
        .unwrap()
}

/// The names and credentials of the sessions that are told.
fn told(output: &Output) -> Vec<[String; 3]> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let parts = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    lines.map(|line| parts(line).try_into().unwrap()).collect()
}

async fn is_worked_on(url: &str) {
    let grown = grow(url, &[]);
    assert!(grown.status.success(), "{grown:?}");
    let sessions = told(&grown);
    assert_eq!(sessions.len(), 5);
    let folder = tempfile::tempdir().unwrap();
    let launch = Launch::quick(Program::SessionServer)
        .flag("--database-url", url)
        .flag("--data-dir", folder.path().display())
        .flag("--transport", "bearer");
    let server = ServerProcess::start(launch).await.unwrap();
    let client = server.client().await.unwrap();
    for [name, access, refresh] in &sessions {
        let credential = Credential {
            access: Some(access.clone()),
            refresh: Some(refresh.clone()),
            ..Credential::default()
        };
        let them = client.holding(credential);
        assert_eq!(name_of(&them).await, *name);
        them.refresh().await.unwrap().ok().unwrap();
        assert_eq!(name_of(&them).await, *name);
        let listed = them.sessions().await.unwrap().ok().unwrap();
        assert!(listed.text().contains("\"10."), "{listed}");
    }
    let [name, ..] = &sessions[0];
    let signed_in = client.login(name, "analytical engine no. 1").await.unwrap();
    signed_in.ok().unwrap();
    assert_eq!(name_of(&client).await, *name);

    let again = grow(url, &["--seed", "2"]);
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(!again.status.success() && said.contains("--add"), "{said}");
    assert!(grow(url, &["--seed", "2", "--add"]).status.success());
    let same = grow(url, &["--add"]);
    let said = String::from_utf8_lossy(&same.stderr);
    assert!(!same.status.success() && said.contains("--seed"), "{said}");
}

async fn name_of(client: &Client) -> String {
    let profile = client.profile().await.unwrap().ok().unwrap();
    profile.json()["username"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn servers_work_on_a_grown_database_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = |name| format!("sqlite:{}", folder.path().join(name).display());
    is_worked_on(&url("one.db")).await;
    let (one, two) = (grow(&url("two.db"), &[]), grow(&url("three.db"), &[]));
    assert_eq!(told(&one), told(&two));
    let other = grow(&url("four.db"), &["--seed", "2"]);
    assert_ne!(told(&one), told(&other));
}

#[tokio::test]
async fn servers_work_on_a_grown_database_on_postgres() {
    if can_run("servers_work_on_a_grown_database_on_postgres", &[&POSTGRES]) {
        let server = Postgres::start().unwrap();
        is_worked_on(&server.url()).await;
    }
}
