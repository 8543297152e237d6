//! The front end that mails lead to, and that is elsewhere.

use anyhow::{Context as _, Result};
use auth_testkit::account::Person;
use auth_testkit::process::ServerProcess;

use crate::deployment::{Deployment, eventually};
use crate::on;

const FRONTEND: &str = "https://app.example.org";

on! {
    links_in_mails_lead_to_it: session_on_sqlite, jwt_on_sqlite, session_on_services;
}

async fn links_in_mails_lead_to_it(on: Deployment) -> Result<()> {
    let server = ServerProcess::start(on.launch().flag("--frontend-url", FRONTEND)).await?;
    let ada = Person::new("ada");
    server.client().await?.register(&ada).await?.is(202)?;
    eventually("a mail", async || !on.mails_to(&ada.email).await.is_empty()).await;
    for mail in on.mails_to(&ada.email).await {
        let link = mail.link().context("there is no link")?;
        assert_eq!(link.origin().ascii_serialization(), FRONTEND);
        assert!(!mail.html.contains(&server.address().to_string()));
        // The token works here all the same.
        let client = server.client().await?;
        client.confirm(&mail.token()?, &ada.password).await?.ok()?;
    }
    Ok(())
}
