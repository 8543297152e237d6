//! What becomes of accounts when addresses must be confirmed from now on.

use anyhow::Result;
use auth_testkit::account::Person;
use auth_testkit::process::ServerProcess;

use crate::deployment::{Deployment, eventually};
use crate::on;

on! {
    accounts_in_use_outlive_a_change_of_the_setting: session_on_sqlite, jwt_on_services;
}

async fn accounts_in_use_outlive_a_change_of_the_setting(on: Deployment) -> Result<()> {
    let (ada, eve) = (Person::new("ada"), Person::new("eve"));
    let launch = on.launch().flag("--verification", "optional");
    let launch = launch.flag("--verify-lifetime", "1s");
    let mut server = ServerProcess::start(launch.flag("--purge-interval", "50ms")).await?;
    let client = server.client().await?;
    client.register(&ada).await?.is(201)?;
    client.login(&ada.email, &ada.password).await?.ok()?;

    server.restart_with("--verification", "required").await?;
    let squatter = Person {
        email: ada.email.clone(),
        ..eve.clone()
    };
    for person in [&eve, &squatter] {
        let person = Person {
            username: Person::new("eve").username,
            ..person.clone()
        };
        client.register(&person).await?.is(202)?;
    }
    // What is over is purged, and that was never an account.
    eventually("an end of the sign-ups", async || {
        on.rows("sign_ups").await == 0
    })
    .await;
    let login = client.login(&ada.email, &ada.password).await?;
    login.refused(403, "email_unverified")?;

    server.restart_with("--verification", "optional").await?;
    client.login(&ada.email, &ada.password).await?.ok()?;
    Ok(())
}
