//! The session store fails when the database has done its part of a revocation.

use anyhow::{Result, ensure};
use auth_testkit::account::new_password;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::deployment::Deployment;
use crate::on;

on! {
    half_a_revocation_leaves_no_credential_alive: session_on_services, jwt_on_services;
}

async fn half_a_revocation_leaves_no_credential_alive(on: Deployment) -> Result<()> {
    let server = on.start().await;
    let target = on.target(&server);

    let ada = target.signed_up("ada").await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    ada.client.forgot(&ada.person.email).await?.is(202)?;
    let token = inbox.token().await?;
    let new = new_password();
    no_session_can_be_ended(&on).await?;
    ada.client.copy().reset(&token, &new).await?.ok()?;
    all_is_well(&on).await?;
    target.signed_out(&ada.client).await?;
    ada.client.login(&ada.person.username, &new).await?.ok()?;

    let bob = target.signed_up("bob").await?;
    no_session_can_be_ended(&on).await?;
    let password = Some(bob.person.password.as_str());
    bob.client.copy().delete_profile(password).await?.ok()?;
    all_is_well(&on).await?;
    target.signed_out(&bob.client).await?;

    // Whoever is to get a new credential has to be told that there is none.
    let eve = target.signed_up("eve").await?;
    let phone = target.signed_in(eve.person.clone()).await?;
    no_session_can_be_ended(&on).await?;
    let change = eve.client.copy();
    let change = change.change_password(&eve.person.password, &new).await?;
    change.refused(503, "unavailable")?;
    all_is_well(&on).await?;
    target.signed_out(&eve.client).await?;
    target.signed_out(&phone.client).await?;
    eve.client.login(&eve.person.username, &new).await?.ok()?;

    // A sign-out is the session store's alone: an error says that nothing has happened.
    no_session_can_be_ended(&on).await?;
    let device = eve.client.copy();
    device.copy().logout().await?.refused(503, "unavailable")?;
    all_is_well(&on).await?;
    device.copy().logout().await?.ok()?;
    target.signed_out(&device).await
}

/// Redis takes back the rights by which a session ends or begins; reading goes on.
async fn no_session_can_be_ended(on: &Deployment) -> Result<()> {
    redis_is_told(on, "ACL SETUSER default -set -del -zrem").await
}

async fn all_is_well(on: &Deployment) -> Result<()> {
    redis_is_told(on, "ACL SETUSER default +@all").await
}

async fn redis_is_told(on: &Deployment, command: &str) -> Result<()> {
    let port = on.redis().place().port();
    let mut redis = TcpStream::connect(("127.0.0.1", port)).await?;
    redis.write_all(format!("{command}\r\n").as_bytes()).await?;
    let mut answer = [0; 3];
    redis.read_exact(&mut answer).await?;
    ensure!(answer == *b"+OK", "{command} is refused");
    Ok(())
}
