//! Forgetting and resetting the password.

use anyhow::{Result, ensure};
use serde_json::json;
use tokio::time::sleep;

use crate::account::{Person, new_password};
use crate::case::cases;
use crate::compare::same_answer;
use crate::target::Target;

cases! { "password_reset":
    forgetting_answers_the_same_for_any_address,
    an_unknown_address_gets_no_mail,
    a_reset_sets_the_password_and_ends_every_session,
    a_reset_link_works_once,
    a_later_link_replaces_the_earlier_one,
    an_invented_token_resets_nothing,
    a_confirmation_token_resets_nothing [VerificationRequired],
    an_expired_link_resets_nothing [ShortLifetimes],
    an_unfit_password_leaves_the_link_in_force,
    a_reset_confirms_the_address [VerificationOptional],
    the_owner_is_told,
    a_reset_signs_nobody_in,
}

/// Asks for a reset link and gives its token.
async fn forgot(target: &Target, person: &Person) -> Result<String> {
    let mut inbox = target.inbox(&person.email).await?;
    let reply = target
        .client()
        .await?
        .forgot(&person.email.to_uppercase())
        .await?;
    reply.is(202)?;
    inbox.token().await
}

async fn forgetting_answers_the_same_for_any_address(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let unconfirmed = Person::new("bob");
    target.registered(&unconfirmed).await?;
    let client = target.client().await?;
    let unknown = client.forgot(&Person::new("nobody").email).await?.is(202)?;
    for email in [ada.email, unconfirmed.email] {
        same_answer(&unknown, &client.forgot(&email).await?)?;
    }
    Ok(())
}

async fn an_unknown_address_gets_no_mail(target: &Target) -> Result<()> {
    let (ada, nobody) = (target.signed_up("ada").await?.person, Person::new("nobody"));
    let client = target.client().await?;
    client.forgot(&nobody.email).await?.is(202)?;
    client.resend(&nobody.email).await?.is(202)?;
    // A mail that must not come is only missing once a later one has arrived.
    forgot(target, &ada).await?;
    ensure!(
        target.mailbox.all(&nobody.email).await?.is_empty(),
        "a stranger got mail"
    );
    Ok(())
}

async fn a_reset_sets_the_password_and_ends_every_session(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let phone = target.signed_in(ada.person.clone()).await?;
    let (token, new) = (forgot(target, &ada.person).await?, new_password());
    let client = target.client().await?;
    let reply = client.reset(&token, &new).await?;
    reply.says(&json!({"status": "password_reset"}))?;
    target.signed_out(&ada.client).await?;
    target.signed_out(&phone.client).await?;
    let old = client
        .login(&ada.person.username, &ada.person.password)
        .await?;
    old.refused(401, "invalid_credentials")?;
    target
        .signed_in_by_password(ada.person.with_password(&new))
        .await?;
    Ok(())
}

async fn a_reset_link_works_once(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let token = forgot(target, &ada).await?;
    let client = target.client().await?;
    client.reset(&token, &new_password()).await?.ok()?;
    client
        .reset(&token, &new_password())
        .await?
        .refused(400, "invalid_token")?;
    Ok(())
}

async fn a_later_link_replaces_the_earlier_one(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let (early, late) = (forgot(target, &ada).await?, forgot(target, &ada).await?);
    let client = target.client().await?;
    client
        .reset(&early, &new_password())
        .await?
        .refused(400, "invalid_token")?;
    client.reset(&late, &new_password()).await?.ok()?;
    Ok(())
}

async fn an_invented_token_resets_nothing(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for token in ["invented", "💩", &"A".repeat(43), &"A".repeat(4000)] {
        client
            .reset(token, &new_password())
            .await?
            .refused(400, "invalid_token")?;
    }
    Ok(())
}

async fn a_confirmation_token_resets_nothing(target: &Target) -> Result<()> {
    let ada = Person::new("ada");
    let token = target.registered_with_token(&ada).await?;
    let client = target.client().await?;
    client
        .reset(&token, &new_password())
        .await?
        .refused(400, "invalid_token")?;
    client.confirm(&token, &ada.password).await?.ok()?;
    Ok(())
}

async fn an_expired_link_resets_nothing(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let token = forgot(target, &ada).await?;
    sleep(target.lifetimes.reset).await;
    let reply = target
        .client()
        .await?
        .reset(&token, &new_password())
        .await?;
    reply.refused(400, "invalid_token")?;
    target.signed_in_by_password(ada).await?;
    Ok(())
}

async fn an_unfit_password_leaves_the_link_in_force(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let token = forgot(target, &ada).await?;
    let client = target.client().await?;
    client
        .reset(&token, "🐎")
        .await?
        .refused_field("password", "too_short")?;
    client
        .reset(&token, &ada.email)
        .await?
        .refused_field("password", "too_guessable")?;
    client.reset(&token, &new_password()).await?.ok()?;
    Ok(())
}

async fn a_reset_confirms_the_address(target: &Target) -> Result<()> {
    let ada = Person::new("ada");
    target.registered_with_token(&ada).await?;
    let (token, new) = (forgot(target, &ada).await?, new_password());
    let client = target.client().await?;
    client.reset(&token, &new).await?.ok()?;
    let grant = client.login(&ada.username, &new).await?.ok()?;
    ensure!(grant.json()["user"]["email_verified"] == true, "{grant}");
    Ok(())
}

async fn the_owner_is_told(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let token = forgot(target, &ada).await?;
    let mut inbox = target.inbox(&ada.email).await?;
    let new = new_password();
    target.client().await?.reset(&token, &new).await?.ok()?;
    let mail = inbox.notice().await?;
    ensure!(
        !mail.text.contains(&new) && !mail.html.contains(&new),
        "a password was mailed"
    );
    Ok(())
}

async fn a_reset_signs_nobody_in(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let token = forgot(target, &ada).await?;
    let client = target.client().await?;
    let reply = client.reset(&token, &new_password()).await?.ok()?;
    let cookies = reply.set_cookies();
    let only_knows = cookies.iter().all(|cookie| cookie.knows_the_device());
    ensure!(only_knows, "{reply} sets a cookie that signs in");
    client.profile().await?.unauthenticated()?;
    Ok(())
}
