//! Adding, naming and removing factors, and what asks for a recent one.

use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::account::new_password;
use crate::authenticator::{add_app, texts};
use crate::case::cases;
use crate::client::{Client, Reply};
use crate::target::{Account, Target};

cases! { "factor_changes":
    an_account_begins_without,
    an_app_is_added_by_a_code_of_it,
    what_was_begun_is_added_once_by_who_began,
    an_app_is_told_to_the_owner,
    an_account_may_have_several,
    a_factor_can_be_renamed,
    a_removed_factor_is_asked_for_no_more,
    another_persons_factor_is_unknown,
    adding_one_takes_the_password_or_a_fresh_sign_in [ShortLifetimes],
    what_is_sensitive_asks_for_a_recent_one [ShortLifetimes],
    a_factor_can_be_shown_again [ShortLifetimes],
    what_is_not_sensitive_asks_for_none,
    a_session_without_the_factor_may_change_nothing_sensitive,
    a_change_ends_the_freshness_of_other_sessions_and_not_them,
    a_password_does_where_no_factor_is_left,
    a_reset_by_mail_leaves_the_factor,
    a_deleted_account_leaves_no_factor,
    a_stranger_changes_nothing,
    a_foreign_site_changes_nothing [Cookie],
}

async fn begin(client: &Client, password: &str) -> Result<Reply> {
    let body = json!({ "current_password": password });
    client.post("/factors/totp", &body).await
}

async fn remove(client: &Client, id: &str, password: Option<&str>) -> Result<Reply> {
    let call = client.call(Method::DELETE, &format!("/factors/{id}"));
    let body = password.map_or_else(|| json!({}), |it| json!({ "current_password": it }));
    call.json(&body).send().await
}

async fn held(client: &Client) -> Result<Value> {
    Ok(client.get("/factors").await?.ok()?.json().clone())
}

async fn an_account_begins_without(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let reply = ada.client.get("/factors").await?;
    reply.says(&json!({ "factors": [], "recovery_codes": 0, "required": false }))?;
    let none = json!({ "method": "totp", "code": "123456" });
    let none = ada.client.post("/factors/verify", &none).await?;
    none.refused(404, "not_found")?;
    Ok(())
}

async fn an_app_is_added_by_a_code_of_it(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let new = begin(&ada.client, &ada.person.password).await?.ok()?;
    let (id, uri) = (new.string("/id")?, new.string("/uri")?);
    let secret = new.string("/secret")?;
    ensure!(
        uri.starts_with("otpauth://totp/") && uri.contains(&secret),
        "{uri}"
    );
    ensure!(new.string("/qr")?.contains("<svg"), "{new}");
    let confirm = async |code: &str| {
        let body = json!({ "id": id, "code": code, "name": "My phone" });
        ada.client.post("/factors/totp/confirm", &body).await
    };
    let app = crate::authenticator::App::new(&secret);
    let wrong = app.wrong_code().await?;
    confirm(&wrong).await?.refused(401, "invalid_factor")?;
    ensure!(held(&ada.client).await?["factors"] == json!([]));
    let added = confirm(&app.code().await?).await?.is(201)?;
    ensure!(added.string("/factor/name")? == "My phone", "{added}");
    ensure!(added.string("/factor/kind")? == "totp", "{added}");
    let codes = texts(&added.json()["recovery_codes"]);
    ensure!(codes.len() == 10, "{codes:?}");
    let held = held(&ada.client).await?;
    ensure!(held["recovery_codes"] == 10, "{held}");
    ensure!(
        held["factors"][0]["id"] == added.json()["factor"]["id"],
        "{held}"
    );
    Ok(())
}

async fn what_was_begun_is_added_once_by_who_began(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let phone = target.signed_in(ada.person.clone()).await?;
    let bob = target.signed_up("bob").await?;
    let new = begin(&ada.client, &ada.person.password).await?.ok()?;
    let app = crate::authenticator::App::new(&new.string("/secret")?);
    let body = json!({ "id": new.string("/id")?, "code": app.code().await? });
    for other in [&phone.client, &bob.client] {
        let reply = other.post("/factors/totp/confirm", &body).await?;
        reply.refused(400, "invalid_token")?;
    }
    ada.client
        .post("/factors/totp/confirm", &body)
        .await?
        .is(201)?;
    let again = ada.client.post("/factors/totp/confirm", &body).await?;
    again.refused(400, "invalid_token")?;
    Ok(())
}

async fn an_app_is_told_to_the_owner(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    let added = add_app(&ada.client, Some(&ada.person.password)).await?;
    inbox
        .next(&|mail| mail.subject.contains("second step was added"))
        .await?;
    remove(&ada.client, &added.id, Some(&ada.person.password))
        .await?
        .ok()?;
    inbox
        .next(&|mail| mail.subject.contains("second step was removed"))
        .await?;
    Ok(())
}

async fn an_account_may_have_several(target: &Target) -> Result<()> {
    let (ada, one) = target.with_app("ada").await?;
    let two = add_app(&ada.client, Some(&ada.person.password)).await?;
    ensure!(one.recovery_codes.len() == 10 && two.recovery_codes.is_empty());
    for app in [&one.app, &two.app] {
        let (client, waiting) = target.half_signed_in(&ada).await?;
        waiting
            .end(&client, "totp", &app.code().await?)
            .await?
            .ok()?;
    }
    Ok(())
}

async fn a_factor_can_be_renamed(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let path = format!("/factors/{}", added.id);
    let rename = async |name: &str| {
        let call = ada.client.call(Method::PATCH, &path);
        call.json(&json!({ "name": name })).send().await
    };
    let renamed = rename("  Blue phone ").await?.ok()?;
    ensure!(renamed.string("/factor/name")? == "Blue phone", "{renamed}");
    rename(" ").await?.refused_field("name", "required")?;
    rename(&"x".repeat(61))
        .await?
        .refused_field("name", "too_long")?;
    rename("a\u{7}b")
        .await?
        .refused_field("name", "invalid_characters")?;
    ensure!(held(&ada.client).await?["factors"][0]["name"] == "Blue phone");
    Ok(())
}

async fn a_removed_factor_is_asked_for_no_more(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let password = &ada.person.password;
    let removed = remove(&ada.client, &added.id, Some(password)).await?;
    removed.says(&json!({ "status": "removed" }))?;
    let gone = json!({ "factors": [], "recovery_codes": 0, "required": false });
    ada.client.get("/factors").await?.says(&gone)?;
    target.signed_in_by_password(ada.person.clone()).await?;
    remove(&ada.client, &added.id, Some(password))
        .await?
        .refused(404, "not_found")?;
    Ok(())
}

async fn another_persons_factor_is_unknown(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (bob, _) = target.with_app("bob").await?;
    let unknown = Uuid::now_v7().to_string();
    for id in [&added.id, &unknown, &"x".to_owned()] {
        let reply = remove(&bob.client, id, Some(&bob.person.password)).await?;
        reply.refused(404, "not_found")?;
        let call = bob.client.call(Method::PATCH, &format!("/factors/{id}"));
        let reply = call.json(&json!({ "name": "mine" })).send().await?;
        reply.refused(404, "not_found")?;
    }
    ensure!(held(&ada.client).await?["factors"][0]["name"] != "mine");
    Ok(())
}

async fn adding_one_takes_the_password_or_a_fresh_sign_in(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let fresh = ada.client.post("/factors/totp", &json!({})).await?;
    fresh.ok()?;
    target.turns_stale(&ada.client).await?;
    for path in ["/factors/totp", "/factors/passkeys"] {
        let stale = ada.client.post(path, &json!({})).await?;
        stale.refused(403, "reauth_required")?;
        let wrong = json!({ "current_password": new_password() });
        let wrong = ada.client.post(path, &wrong).await?;
        wrong.refused_field("current_password", "wrong_password")?;
    }
    begin(&ada.client, &ada.person.password).await?.ok()?;
    Ok(())
}

/// Everything sensitive, with the right password.
async fn sensitive(ada: &Account, factor: &str) -> Result<Vec<Reply>> {
    let (client, password) = (&ada.client, &ada.person.password);
    let address = crate::account::Person::new("new").email;
    let patch = json!({ "email": address, "current_password": password });
    let body = json!({ "current_password": password });
    Ok(vec![
        client.patch_profile(&patch).await?,
        client.change_password(password, &new_password()).await?,
        begin(client, password).await?,
        client.post("/factors/passkeys", &body).await?,
        client.post("/factors/recovery-codes", &body).await?,
        remove(client, factor, Some(password)).await?,
        client.delete_profile(Some(password)).await?,
    ])
}

async fn what_is_sensitive_asks_for_a_recent_one(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    target.turns_stale(&ada.client).await?;
    for reply in sensitive(&ada, &added.id).await? {
        reply.refused(403, "factor_required")?;
    }
    Ok(())
}

async fn a_factor_can_be_shown_again(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (right, wrong) = (added.app.code().await?, added.app.wrong_code().await?);
    target.turns_stale(&ada.client).await?;
    let show = async |code: &str| {
        let body = json!({ "method": "totp", "code": code });
        ada.client.post("/factors/verify", &body).await
    };
    show(&wrong).await?.refused(401, "invalid_factor")?;
    let shown = show(&right).await?.ok()?;
    ensure!(shown.json()["status"] == "shown", "{shown}");
    show(&right).await?.refused(401, "invalid_factor")?;
    let new = new_password();
    ada.client
        .change_password(&ada.person.password, &new)
        .await?
        .ok()?;
    Ok(())
}

async fn what_is_not_sensitive_asks_for_none(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let phone = target.signed_in(ada.person.clone()).await?;
    add_app(&ada.client, Some(&ada.person.password)).await?;
    let names = json!({ "first_name": "Augusta" });
    phone.client.patch_profile(&names).await?.ok()?;
    phone.client.sessions().await?.ok()?;
    Ok(())
}

/// A session that was there before the factor was added has never shown it.
async fn a_session_without_the_factor_may_change_nothing_sensitive(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let phone = target.signed_in(ada.person.clone()).await?;
    let added = add_app(&ada.client, Some(&ada.person.password)).await?;
    for reply in sensitive(&phone, &added.id).await? {
        reply.refused(403, "factor_required")?;
    }
    target.still_in(&phone.client).await
}

async fn a_change_ends_the_freshness_of_other_sessions_and_not_them(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (other, waiting) = target.half_signed_in(&ada).await?;
    waiting
        .end(&other, "totp", &added.app.code().await?)
        .await?
        .ok()?;
    let body = json!({});
    other.post("/factors/totp", &body).await?.ok()?;
    let second = add_app(&ada.client, Some(&ada.person.password)).await?;
    target.still_in(&other).await?;
    other
        .post("/factors/totp", &body)
        .await?
        .refused(403, "factor_required")?;
    ada.client.post("/factors/totp", &body).await?.ok()?;
    // Nor is the last one's removal taken for a fresh sign-in.
    for id in [&added.id, &second.id] {
        remove(&ada.client, id, None).await?.ok()?;
    }
    target.still_in(&other).await?;
    other
        .post("/factors/totp", &body)
        .await?
        .refused(403, "reauth_required")?;
    ada.client.post("/factors/totp", &body).await?.ok()?;
    Ok(())
}

/// A session from before has to show anew who it is, and the password shows it.
async fn a_password_does_where_no_factor_is_left(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let phone = target.signed_in(ada.person.clone()).await?;
    let password = &ada.person.password;
    let added = add_app(&ada.client, Some(password)).await?;
    remove(&ada.client, &added.id, Some(password)).await?.ok()?;
    let stale = phone.client.post("/factors/totp", &json!({})).await?;
    stale.refused(403, "reauth_required")?;
    begin(&phone.client, password).await?.ok()?;
    let new = new_password();
    phone.client.change_password(password, &new).await?.ok()?;
    Ok(())
}

async fn a_reset_by_mail_leaves_the_factor(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let mut inbox = target.inbox(&ada.person.email).await?;
    let client = target.client().await?;
    client.forgot(&ada.person.email).await?.is(202)?;
    let token = inbox.token().await?;
    let new = new_password();
    client.reset(&token, &new).await?.ok()?;
    let ada = Account {
        person: ada.person.with_password(&new),
        ..ada
    };
    let (client, waiting) = target.half_signed_in(&ada).await?;
    client.profile().await?.unauthenticated()?;
    waiting
        .end(&client, "totp", &added.app.code().await?)
        .await?
        .ok()?;
    Ok(())
}

async fn a_deleted_account_leaves_no_factor(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    ada.client
        .delete_profile(Some(&ada.person.password))
        .await?
        .ok()?;
    let late = waiting
        .end(&client, "totp", &added.app.code().await?)
        .await?;
    late.refused(400, "invalid_token")?;
    Ok(())
}

async fn a_stranger_changes_nothing(target: &Target) -> Result<()> {
    let client = target.client().await?;
    for path in [
        "/factors/totp",
        "/factors/totp/confirm",
        "/factors/passkeys",
        "/factors/passkeys/confirm",
        "/factors/recovery-codes",
        "/factors/options",
        "/factors/verify",
    ] {
        client
            .call(Method::POST, path)
            .send()
            .await?
            .unauthenticated()?;
    }
    client.get("/factors").await?.unauthenticated()?;
    Ok(())
}

async fn a_foreign_site_changes_nothing(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let call = ada
        .client
        .call(Method::DELETE, &format!("/factors/{}", added.id));
    let call = call.header("origin", "https://evil.example");
    let call = call.header("sec-fetch-site", "cross-site");
    call.send().await?.refused(403, "cross_origin")?;
    Ok(())
}
