//! Looking at and changing a profile.

use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::account::Person;
use crate::case::cases;
use crate::shape;
use crate::target::{Account, Target};

cases! { "profile":
    a_profile_is_the_user,
    a_profile_is_nobodys_without_a_credential,
    names_and_username_change_at_once,
    the_old_username_is_free_after_a_change,
    a_changed_username_is_told_by_mail,
    a_taken_username_stays_with_its_owner,
    a_username_may_change_its_case,
    an_empty_patch_changes_nothing,
    what_is_not_in_the_contract_cannot_be_set,
    an_unfit_field_changes_nothing,
    mails_are_in_the_language_of_the_profile_else_of_the_request,
}

async fn a_profile_is_the_user(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let profile = ada.client.profile().await?.ok()?;
    shape::user(profile.json())?;
    ensure!(profile.json()["id"] == ada.id, "{profile}");
    ensure!(
        profile.json()["username"] == ada.person.username,
        "{profile}"
    );
    Ok(())
}

async fn a_profile_is_nobodys_without_a_credential(target: &Target) -> Result<()> {
    let client = target.client().await?;
    client.profile().await?.unauthenticated()?;
    client
        .patch_profile(&json!({"first_name": "Eve"}))
        .await?
        .unauthenticated()?;
    client.delete_profile(None).await?.unauthenticated()?;
    Ok(())
}

async fn names_and_username_change_at_once(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let username = Person::new("countess").username;
    let patch = json!({"first_name": " Zoë ", "last_name": "李", "username": username});
    let changed = ada.client.patch_profile(&patch).await?.ok()?;
    shape::user(changed.json())?;
    let wanted = json!({"first_name": "Zoë", "last_name": "李", "username": username});
    for (field, value) in wanted.as_object().into_iter().flatten() {
        ensure!(changed.json()[field] == *value, "{field} of {changed}");
    }
    ada.client.profile().await?.says(changed.json())?;
    let renamed = Person {
        username,
        ..ada.person
    };
    target.signed_in_by_password(renamed).await?;
    Ok(())
}

async fn the_old_username_is_free_after_a_change(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let patch = json!({ "username": Person::new("countess").username });
    ada.client.patch_profile(&patch).await?.ok()?;
    let old = Person {
        email: Person::new("bob").email,
        ..ada.person
    };
    let login = target
        .client()
        .await?
        .login(&old.username, &old.password)
        .await?;
    login.refused(401, "invalid_credentials")?;
    target.registered(&old).await
}

async fn a_changed_username_is_told_by_mail(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    let patch = json!({ "username": Person::new("countess").username });
    ada.client.patch_profile(&patch).await?.ok()?;
    inbox.notice().await?;
    Ok(())
}

async fn a_taken_username_stays_with_its_owner(target: &Target) -> Result<()> {
    let (ada, bob) = (
        target.signed_up("ada").await?,
        target.signed_up("bob").await?,
    );
    for username in [
        ada.person.username.clone(),
        ada.person.username.to_uppercase(),
    ] {
        let patch = json!({ "first_name": "Changed", "username": username });
        bob.client
            .patch_profile(&patch)
            .await?
            .refused(409, "username_taken")?;
    }
    let profile = bob.client.profile().await?.ok()?;
    ensure!(
        profile.json()["username"] == bob.person.username,
        "{profile}"
    );
    ensure!(
        profile.json()["first_name"] == bob.person.first_name,
        "{profile}"
    );
    Ok(())
}

async fn a_username_may_change_its_case(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let loud = ada.person.username.to_uppercase();
    let changed = ada
        .client
        .patch_profile(&json!({ "username": loud }))
        .await?
        .ok()?;
    ensure!(changed.json()["username"] == loud, "{changed}");
    target.signed_in_by_password(ada.person).await?;
    Ok(())
}

async fn an_empty_patch_changes_nothing(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let before = ada.client.profile().await?.ok()?;
    ada.client
        .patch_profile(&json!({}))
        .await?
        .says(before.json())?;
    ada.client.profile().await?.says(before.json())?;
    Ok(())
}

async fn what_is_not_in_the_contract_cannot_be_set(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let before = ada.client.profile().await?.ok()?;
    for (field, value) in [
        ("id", json!(uuid::Uuid::now_v7())),
        ("email_verified", json!(false)),
        ("has_password", json!(false)),
        ("created_at", json!("2020-01-01T00:00:00Z")),
        ("password", json!("another password")),
        ("disabled", json!(true)),
        ("is_admin", json!(true)),
        ("role", json!("admin")),
        ("firstName", json!("Eve")),
    ] {
        let patch = json!({ "first_name": "Eve", field: value });
        ada.client
            .patch_profile(&patch)
            .await?
            .refused(400, "invalid_request")?;
    }
    ada.client.profile().await?.says(before.json())?;
    Ok(())
}

async fn an_unfit_field_changes_nothing(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let before = ada.client.profile().await?.ok()?;
    let refused = |field: &str, value: &str| -> (Value, String) {
        (
            json!({ "first_name": "Eve", "last_name": "Eve", field: value }),
            field.to_owned(),
        )
    };
    for (patch, field) in [
        refused("first_name", ""),
        refused("last_name", "\u{7}"),
        refused("username", "a b"),
        refused("username", "ab"),
        refused("username", "a@b.example"),
        refused("email", "no address"),
        refused("language", "deutsch"),
    ] {
        let reply = ada
            .client
            .patch_profile(&patch)
            .await?
            .refused(422, "validation_failed")?;
        ensure!(
            reply
                .field_errors()
                .iter()
                .all(|(named, _)| *named == field),
            "{reply}"
        );
    }
    ada.client.profile().await?.says(before.json())?;
    Ok(())
}

async fn mails_are_in_the_language_of_the_profile_else_of_the_request(
    target: &Target,
) -> Result<()> {
    let (german, english) = ("Neues Passwort für", "Set a new password for");
    let ada = target.signed_up("ada").await?;
    resets_are_called(target, &ada, "de-CH, en;q=0.5", german).await?;
    resets_are_called(target, &ada, "xx, en", english).await?;
    // Nobody is sent many of them.
    let bob = target.signed_up("bob").await?;
    prefers(&bob, "de-at", Some("de-AT")).await?;
    resets_are_called(target, &bob, "en", german).await?;
    prefers(&bob, "", None).await?;
    resets_are_called(target, &bob, "en", english).await
}

/// Sets a language, and expects the profile to say it like this.
async fn prefers(who: &Account, language: &str, canonical: Option<&str>) -> Result<()> {
    let patch = json!({ "language": language });
    let changed = who.client.patch_profile(&patch).await?.ok()?;
    shape::user(changed.json())?;
    let kept = changed.json().get("language").and_then(Value::as_str);
    ensure!(kept == canonical, "{changed}");
    who.client.profile().await?.says(changed.json())?;
    Ok(())
}

/// Asks for a link by which a password is set, as a browser that reads `accepted`.
async fn resets_are_called(
    target: &Target,
    who: &Account,
    accepted: &str,
    subject: &str,
) -> Result<()> {
    let email = &who.person.email;
    let mut inbox = target.inbox(email).await?;
    let call = who.client.call(Method::POST, "/password/forgot");
    let call = call.header("accept-language", accepted);
    let asked = call.json(&json!({ "email": email })).send().await?;
    asked.is(202)?;
    let mail = inbox.next(&|mail| mail.text.contains("/reset#")).await?;
    ensure!(
        mail.subject.contains(subject),
        "{} for {accepted}",
        mail.subject
    );
    Ok(())
}
