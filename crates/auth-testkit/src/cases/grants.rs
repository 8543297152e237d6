//! What a sign-in answers, on any strategy.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::account::new_password;
use crate::case::cases;
use crate::shape;
use crate::target::Target;

cases! { "grants":
    a_grant_has_exactly_the_documented_fields,
    a_refreshed_grant_has_the_same_form,
    a_new_password_gives_a_grant_of_the_same_form,
    a_grant_is_about_the_session_that_the_list_shows,
    a_grant_lasts_as_long_as_it_says,
    an_unknown_wish_for_the_refresh_token_is_refused,
}

async fn a_grant_has_exactly_the_documented_fields(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let grant = target
        .client()
        .await?
        .login(&ada.username, &ada.password)
        .await?
        .ok()?;
    shape::grant(grant.json(), target.strategy().await?, true)?;
    ensure!(grant.json()["user"]["email"] == ada.email, "{grant}");
    Ok(())
}

async fn a_refreshed_grant_has_the_same_form(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let grant = ada.client.refresh().await?.ok()?;
    shape::grant(grant.json(), target.strategy().await?, true)?;
    ensure!(
        grant.json()["session"]["id"] == ada.session,
        "{grant} is another session"
    );
    Ok(())
}

async fn a_new_password_gives_a_grant_of_the_same_form(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let grant = ada
        .client
        .change_password(&ada.person.password, &new_password())
        .await?
        .ok()?;
    shape::grant(grant.json(), target.strategy().await?, true)
}

async fn a_grant_is_about_the_session_that_the_list_shows(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let listed = ada.client.sessions().await?.ok()?;
    let first = &listed.json()["sessions"][0];
    ensure!(
        first["id"] == ada.session && first["current"] == true,
        "{listed}"
    );
    Ok(())
}

async fn a_grant_lasts_as_long_as_it_says(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let grant = target
        .client()
        .await?
        .login(&ada.username, &ada.password)
        .await?
        .ok()?;
    let seconds = grant.json()["expires_in"].as_u64().unwrap_or_default();
    let session = &grant.json()["session"];
    let lifetime =
        shape::instant(&session["expires_at"])? - shape::instant(&session["created_at"])?;
    ensure!(
        i64::try_from(seconds)? <= lifetime.whole_seconds() + 1,
        "{grant}"
    );
    Ok(())
}

async fn an_unknown_wish_for_the_refresh_token_is_refused(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let mut body = ada.login();
    for wish in [json!("header"), json!(true), json!(["cookie"])] {
        body["refresh"] = wish;
        target
            .client()
            .await?
            .post("/login", &body)
            .await?
            .refused(400, "invalid_request")?;
    }
    Ok(())
}
