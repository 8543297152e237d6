//! Which usernames a server gives away, and which variables it takes for its settings.

use anyhow::Result;
use auth_testkit::account::Person;
use auth_testkit::process::{Program, ServerProcess};
use tempfile::TempDir;

use crate::deployment::Deployment;
use crate::on;
use crate::startup::{plain, refuses};

on! {
    a_setting_says_which_usernames_are_reserved: session_on_sqlite;
}

async fn a_setting_says_which_usernames_are_reserved(on: Deployment) -> Result<()> {
    let launch = on
        .launch()
        .flag("--reserved-usernames", "acme,Rocket-Team")
        .flag("--reserve-built-in-usernames", "off");
    let mut server = ServerProcess::start(launch).await?;
    let client = server.client().await?;
    let person = |username: &str| Person {
        username: username.to_owned(),
        ..Person::new("ada")
    };
    for name in ["Acme", "rocket-team", "acrne"] {
        let reply = client.register(&person(name)).await?;
        reply.refused_field("username", "reserved")?;
    }
    client.register(&person("admin")).await?.is(202)?;
    server.terminate().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_of_services_and_of_other_servers_stop_no_start() -> Result<()> {
    let data = TempDir::new()?;
    let launch = plain(Program::SessionServer, data.path());
    let launch = launch.env("AUTH_MAIL_PORT", "tcp://10.0.0.7:25");
    ServerProcess::start(launch.env("AUTH_ISSUE", "jwt")).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_in_the_wrong_case_is_named_with_the_right_one() -> Result<()> {
    let data = TempDir::new()?;
    for name in ["auth_session_idle", "AUTH_Session_Idle"] {
        let launch = plain(Program::SessionServer, data.path());
        refuses("AUTH_SESSION_IDLE", launch.env(name, "1h")).await;
    }
    Ok(())
}
