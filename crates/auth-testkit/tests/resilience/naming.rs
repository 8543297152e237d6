//! Which usernames a server gives away.

use anyhow::Result;
use auth_testkit::account::Person;
use auth_testkit::process::ServerProcess;

use crate::deployment::Deployment;
use crate::on;

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
