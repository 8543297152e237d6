//! Changing the address.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::account::Person;
use crate::case::cases;
use crate::target::{Account, Target};

cases! { "address":
    a_new_address_counts_once_it_is_confirmed,
    the_old_address_is_told_before_and_after,
    a_taken_address_is_not_betrayed,
    an_unconfirmed_account_holds_no_address [VerificationRequired],
    a_wrong_password_changes_no_address,
    a_fresh_sign_in_stands_for_the_password,
    a_stale_sign_in_needs_the_password [ShortLifetimes],
    a_new_address_wants_its_account_to_be_shown,
    a_later_wish_replaces_the_earlier_one,
    a_wish_for_a_taken_address_withdraws_the_link_too,
    the_present_address_in_another_case_is_no_change,
    a_changed_address_leaves_every_session_alone,
    a_reset_link_for_the_old_address_dies_with_the_change,
}

/// Asks for a new address with the password and gives the token mailed to it.
async fn ask(target: &Target, account: &Account, email: &str) -> Result<String> {
    let mut inbox = target.inbox(email).await?;
    let patch = json!({ "email": email, "current_password": account.person.password });
    let reply = account.client.patch_profile(&patch).await?.ok()?;
    ensure!(
        reply.json()["email"] != email,
        "{reply} changed the address at once"
    );
    inbox.token().await
}

async fn a_new_address_counts_once_it_is_confirmed(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let (old, new) = (ada.person.email.clone(), Person::new("countess").email);
    let token = ask(target, &ada, &new).await?;
    let client = target.client().await?;
    client.login(&old, &ada.person.password).await?.ok()?;
    let early = client.login(&new, &ada.person.password).await?;
    early.refused(401, "invalid_credentials")?;
    let user = client.confirm(&token, &ada.person.password).await?.ok()?;
    ensure!(user.json()["user"]["email"] == new, "{user}");
    ensure!(user.json()["user"]["email_verified"] == true, "{user}");
    client.login(&new, &ada.person.password).await?.ok()?;
    let late = client.login(&old, &ada.person.password).await?;
    late.refused(401, "invalid_credentials")?;
    client.verify(&token).await?.refused(400, "invalid_token")?;
    Ok(())
}

async fn the_old_address_is_told_before_and_after(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    let token = ask(target, &ada, &Person::new("countess").email).await?;
    let before = inbox.notice().await?;
    let client = target.client().await?;
    client.confirm(&token, &ada.person.password).await?.ok()?;
    let after = inbox.notice().await?;
    ensure!(
        before.subject != after.subject || before.text != after.text,
        "{before:?} twice"
    );
    Ok(())
}

async fn a_taken_address_is_not_betrayed(target: &Target) -> Result<()> {
    let (ada, bob) = (
        target.signed_up("ada").await?,
        target.signed_up("bob").await?,
    );
    let mut inbox = target.inbox(&ada.person.email).await?;
    let free = bob
        .client
        .patch_profile(&json!({ "email": Person::new("x").email }))
        .await?;
    let taken = bob
        .client
        .patch_profile(&json!({ "email": ada.person.email }))
        .await?;
    crate::compare::same_answer(&free.ok()?, &taken)?;
    let mail = inbox.next(&|_| true).await?;
    ensure!(
        mail.link().is_none(),
        "the owner got a link that gives the address away"
    );
    let profile = ada.client.profile().await?.ok()?;
    ensure!(profile.json()["email"] == ada.person.email, "{profile}");
    Ok(())
}

async fn an_unconfirmed_account_holds_no_address(target: &Target) -> Result<()> {
    let squatter = Person::new("squatter");
    let unused = target.registered_with_token(&squatter).await?;
    let ada = target.signed_up("ada").await?;
    let token = ask(target, &ada, &squatter.email).await?;
    let client = target.client().await?;
    let user = client.confirm(&token, &ada.person.password).await?.ok()?;
    ensure!(user.json()["user"]["email"] == squatter.email, "{user}");
    let late = client.confirm(&unused, &squatter.password).await?;
    late.refused(400, "invalid_token")?;
    // Nothing tells the squatter that the address has an account now.
    let waits = client.login(&squatter.email, &squatter.password).await?;
    waits.refused(403, "email_unverified")?;
    Ok(())
}

async fn a_wrong_password_changes_no_address(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let wanted = Person::new("countess").email;
    let patch = json!({ "email": wanted, "current_password": "quite another one" });
    let reply = ada.client.patch_profile(&patch).await?;
    reply.refused_field("current_password", "wrong_password")?;
    // A mail that must not come is only missing once a later one has arrived.
    let token = ask(target, &ada, &Person::new("barrier").email).await?;
    let client = target.client().await?;
    client.confirm(&token, &ada.person.password).await?.ok()?;
    ensure!(
        target.mailbox.all(&wanted).await?.is_empty(),
        "a link was mailed"
    );
    Ok(())
}

async fn a_fresh_sign_in_stands_for_the_password(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let wanted = Person::new("countess").email;
    let mut inbox = target.inbox(&wanted).await?;
    ada.client
        .patch_profile(&json!({ "email": wanted }))
        .await?
        .ok()?;
    // Who is signed in to the account needs no password to confirm it, either.
    let token = inbox.token().await?;
    ada.client.verify(&token).await?.ok()?;
    target.still_in(&ada.client).await
}

async fn a_stale_sign_in_needs_the_password(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    target.turns_stale(&ada.client).await?;
    let patch = json!({ "email": Person::new("countess").email });
    ada.client
        .patch_profile(&patch)
        .await?
        .refused(403, "reauth_required")?;
    ask(target, &ada, &Person::new("countess").email).await?;
    Ok(())
}

async fn a_later_wish_replaces_the_earlier_one(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let (first, second) = (Person::new("first").email, Person::new("second").email);
    let early = ask(target, &ada, &first).await?;
    let late = ask(target, &ada, &second).await?;
    let client = target.client().await?;
    client.verify(&early).await?.refused(400, "invalid_token")?;
    let user = client.confirm(&late, &ada.person.password).await?.ok()?;
    ensure!(user.json()["user"]["email"] == second, "{user}");
    Ok(())
}

/// Whoever reads the mail may be somebody else than whoever asked for it.
async fn a_new_address_wants_its_account_to_be_shown(target: &Target) -> Result<()> {
    let (ada, eve) = (
        target.signed_up("ada").await?,
        target.signed_up("eve").await?,
    );
    let new = Person::new("countess").email;
    let token = ask(target, &ada, &new).await?;
    let stranger = target.client().await?;
    for reply in [
        stranger.verify(&token).await?,
        eve.client.verify(&token).await?,
        stranger.confirm(&token, &eve.person.password).await?,
    ] {
        reply.refused(401, "invalid_credentials")?;
    }
    target.still_in(&eve.client).await?;
    let user = ada.client.verify(&token).await?.ok()?;
    ensure!(user.json()["user"]["email"] == new, "{user}");
    Ok(())
}

/// Otherwise the fate of the earlier link would tell whether the address has an account.
async fn a_wish_for_a_taken_address_withdraws_the_link_too(target: &Target) -> Result<()> {
    let (ada, bob) = (
        target.signed_up("ada").await?,
        target.signed_up("bob").await?,
    );
    let early = ask(target, &ada, &Person::new("first").email).await?;
    let patch = json!({ "email": bob.person.email, "current_password": ada.person.password });
    ada.client.patch_profile(&patch).await?.ok()?;
    let late = ada.client.verify(&early).await?;
    late.refused(400, "invalid_token")?;
    Ok(())
}

async fn the_present_address_in_another_case_is_no_change(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let before = ada.client.profile().await?.ok()?;
    let patch = json!({ "email": ada.person.email.to_uppercase() });
    ada.client
        .patch_profile(&patch)
        .await?
        .says(before.json())?;
    Ok(())
}

async fn a_changed_address_leaves_every_session_alone(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let phone = target.signed_in(ada.person.clone()).await?;
    let token = ask(target, &ada, &Person::new("countess").email).await?;
    let client = target.client().await?;
    client.confirm(&token, &ada.person.password).await?.ok()?;
    target.still_in(&ada.client).await?;
    target.still_in(&phone.client).await
}

/// Otherwise whoever reads the old mailbox could take the account back.
async fn a_reset_link_for_the_old_address_dies_with_the_change(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let client = target.client().await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    client.forgot(&ada.person.email).await?.is(202)?;
    let reset = inbox.token().await?;
    let token = ask(target, &ada, &Person::new("countess").email).await?;
    client.confirm(&token, &ada.person.password).await?.ok()?;
    let reply = client
        .reset(&reset, &crate::account::new_password())
        .await?;
    reply.refused(400, "invalid_token")?;
    Ok(())
}
