//! Signing in.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::account::{Person, new_password, unique};
use crate::case::cases;
use crate::client::Reply;
use crate::compare::same_answer;
use crate::shape::instant;
use crate::target::Target;

cases! { "sign_in":
    people_sign_in_by_username_and_address_in_any_case,
    an_unknown_account_looks_like_a_wrong_password,
    a_disabled_account_looks_like_a_wrong_password [Operator],
    a_disabled_account_is_signed_out_at_once [Operator],
    what_an_account_had_before_it_was_disabled_stays_dead [Operator],
    an_unconfirmed_account_shows_itself_to_its_owner_only [VerificationRequired],
    remembering_makes_a_session_last,
    an_absurd_identifier_is_just_wrong,
    every_sign_in_is_a_session_of_its_own,
    a_wrong_sign_in_hands_out_nothing,
}

async fn people_sign_in_by_username_and_address_in_any_case(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let Person {
        username,
        email,
        password,
        ..
    } = &ada.person;
    for identifier in [
        username,
        &username.to_uppercase(),
        email,
        &email.to_uppercase(),
    ] {
        let grant = target
            .client()
            .await?
            .login(identifier, password)
            .await?
            .ok()?;
        ensure!(
            grant.json()["user"]["id"] == ada.id,
            "{identifier} is {grant}"
        );
    }
    Ok(())
}

async fn an_unknown_account_looks_like_a_wrong_password(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let nobody = Person::new("nobody");
    let client = target.client().await?;
    let wrong = client.login(&ada.username, &nobody.password).await?;
    let wrong = wrong.refused(401, "invalid_credentials")?;
    for identifier in [&nobody.username, &nobody.email, &ada.email] {
        let other = client.login(identifier, &nobody.password).await?;
        same_answer(&wrong, &other)?;
    }
    Ok(())
}

async fn a_disabled_account_looks_like_a_wrong_password(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let operator = target.operator.as_ref().context("no operator")?;
    operator.disable(&ada.username).await?;
    let client = target.client().await?;
    let wrong = client.login(&ada.username, "quite another one").await?;
    let right = client.login(&ada.username, &ada.password).await?;
    same_answer(&wrong.refused(401, "invalid_credentials")?, &right)
}

async fn a_disabled_account_is_signed_out_at_once(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let operator = target.operator.as_ref().context("no operator")?;
    operator.disable(&ada.person.username).await?;
    ada.client.copy().profile().await?.unauthenticated()?;
    target.signed_out(&ada.client).await
}

/// Whatever the account is enabled for, it is not to let old credentials in again.
async fn what_an_account_had_before_it_was_disabled_stays_dead(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    ada.client.forgot(&ada.person.email).await?.is(202)?;
    let link = inbox.token().await?;
    let operator = target.operator.as_ref().context("no operator")?;
    operator.disable(&ada.person.username).await?;
    operator.enable(&ada.person.username).await?;
    ada.client.copy().profile().await?.unauthenticated()?;
    target.signed_out(&ada.client).await?;
    let reset = ada.client.reset(&link, &new_password()).await?;
    reset.refused(400, "invalid_token")?;
    target.signed_in(ada.person.clone()).await?;
    Ok(())
}

async fn an_unconfirmed_account_shows_itself_to_its_owner_only(target: &Target) -> Result<()> {
    let (ada, nobody) = (Person::new("ada"), Person::new("nobody"));
    target.registered(&ada).await?;
    let client = target.client().await?;
    let right = client.login(&ada.username, &ada.password).await?;
    let right = right.refused(403, "email_unverified")?;
    ensure!(right.set_cookies().is_empty(), "{right} sets a cookie");
    let wrong = client.login(&ada.username, &nobody.password).await?;
    let unknown = client.login(&nobody.username, &nobody.password).await?;
    same_answer(&wrong.refused(401, "invalid_credentials")?, &unknown)
}

async fn remembering_makes_a_session_last(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let ends = |grant: &Reply| instant(&grant.json()["session"]["expires_at"]);
    let brief = target
        .client()
        .await?
        .login(&ada.username, &ada.password)
        .await?
        .ok()?;
    let long = target.client().await?.login_remembered(&ada).await?.ok()?;
    ensure!(
        ends(&long)? > ends(&brief)? + time::Duration::hours(1),
        "{brief}, but {long}"
    );
    Ok(())
}

async fn an_absurd_identifier_is_just_wrong(target: &Target) -> Result<()> {
    let (client, long) = (target.client().await?, "a".repeat(5000));
    for identifier in [
        "a",
        "a b",
        "@",
        "a@b",
        "x\u{0}y",
        "' OR 1=1 --",
        "a\r\nb",
        "💩",
        &long,
    ] {
        // Unique, so that nobody else's tries count for it.
        let identifier = format!("{identifier}{}", unique());
        let reply = client.login(&identifier, "correct horse battery").await?;
        reply.refused(401, "invalid_credentials")?;
    }
    Ok(())
}

/// A credential that was there before a sign-in, perhaps planted, must not be the one
/// that is there after it.
async fn every_sign_in_is_a_session_of_its_own(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let before = ada.client.credential();
    let person = &ada.person;
    let grant = ada
        .client
        .login(&person.username, &person.password)
        .await?
        .ok()?;
    ensure!(
        grant.json()["session"]["id"] != ada.session,
        "the session is an old one"
    );
    let after = ada.client.credential();
    ensure!(
        before
            .secrets()
            .all(|old| after.secrets().all(|new| old != new)),
        "kept a secret"
    );
    Ok(())
}

async fn a_wrong_sign_in_hands_out_nothing(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let client = target.client().await?;
    let body = json!({ "identifier": ada.username, "password": "quite another one" });
    let reply = client
        .post("/login", &body)
        .await?
        .refused(401, "invalid_credentials")?;
    ensure!(reply.set_cookies().is_empty(), "{reply} sets a cookie");
    ensure!(
        client.credential().secrets().count() == 0,
        "{reply} hands out a credential"
    );
    client.profile().await?.unauthenticated()?;
    Ok(())
}
