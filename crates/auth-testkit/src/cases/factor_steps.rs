//! Sign-ins that take a second step.

use anyhow::{Context as _, Result, ensure};
use auth_dev_provider::Misbehaviour;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::account::{Person, new_password};
use crate::authenticator::Waiting;
use crate::case::cases;
use crate::client::{Client, Reply, Transport};
use crate::provider::Decision;
use crate::shape;
use crate::target::Target;

cases! { "factor_steps":
    a_password_alone_signs_nobody_in,
    a_code_ends_the_sign_in,
    a_half_sign_in_reaches_no_route_but_its_own,
    a_half_sign_in_leaves_the_session_before_it,
    another_method_is_refused,
    a_missing_part_is_named,
    a_link_of_a_mail_asks_for_it_too,
    a_sign_in_through_a_provider_asks_for_it_too [Providers],
    a_providers_second_factor_counts_where_it_is_trusted [Providers],
    who_stays_signed_in_is_remembered_over_the_step,
    the_tokens_tell_of_the_second_factor [Jwt, Bearer],
    a_foreign_site_ends_no_sign_in [Cookie],
    any_node_ends_it [SecondNode],
}

async fn a_password_alone_signs_nobody_in(target: &Target) -> Result<()> {
    let (ada, _) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    ensure!(waiting.methods == ["totp", "recovery_code"], "{waiting:?}");
    ensure!(!client.credential().is_signed_in());
    client.profile().await?.unauthenticated()?;
    client.copy().refresh().await?.unauthenticated()?;
    let wrong = target.client().await?;
    let wrong = wrong.login(&ada.person.username, &new_password()).await?;
    wrong.refused(401, "invalid_credentials")?;
    Ok(())
}

async fn a_code_ends_the_sign_in(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let reply = waiting
        .end(&client, "totp", &added.app.code().await?)
        .await?;
    let grant = reply.ok()?;
    shape::grant(grant.json(), client.strategy(), true)?;
    ensure!(grant.string("/user/id")? == ada.id, "{grant}");
    target.still_in(&client).await?;
    let listed = client.get("/factors").await?.ok()?;
    ensure!(
        listed.json()["factors"][0]["last_used_at"].is_string(),
        "{listed}"
    );
    Ok(())
}

async fn a_half_sign_in_reaches_no_route_but_its_own(target: &Target) -> Result<()> {
    let (ada, _) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    for path in ["/profile", "/sessions", "/factors"] {
        client.get(path).await?.unauthenticated()?;
        let bearer = format!("Bearer {}", waiting.id);
        let call = client
            .call(Method::GET, path)
            .header("authorization", &bearer);
        call.send().await?.unauthenticated()?;
    }
    for path in [
        "/factors/totp",
        "/factors/passkeys",
        "/factors/recovery-codes",
        "/factors/options",
    ] {
        let call = client.call(Method::POST, path);
        call.send().await?.unauthenticated()?;
    }
    let password = &ada.person.password;
    client
        .change_password(password, &new_password())
        .await?
        .unauthenticated()?;
    client
        .delete_profile(Some(password))
        .await?
        .unauthenticated()?;
    client.logout().await?.unauthenticated()?;
    Ok(())
}

async fn a_half_sign_in_leaves_the_session_before_it(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let again = ada.client.copy();
    let reply = again
        .login(&ada.person.username, &ada.person.password)
        .await?;
    let waiting = Waiting::of(&reply)?;
    target.still_in(&ada.client).await?;
    waiting
        .end(&again, "totp", &added.app.code().await?)
        .await?
        .ok()?;
    target.still_in(&again).await?;
    Ok(())
}

async fn another_method_is_refused(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let code = added.app.code().await?;
    for method in ["mail_code", "recovery_code", "add_totp"] {
        let reply = waiting.end(&client, method, &code).await?;
        reply.refused(401, "invalid_factor")?;
    }
    let passkey = json!({ "pending": waiting.id, "method": "passkey", "credential": {} });
    let passkey = client.post("/login/factor", &passkey).await?;
    passkey.refused(401, "invalid_factor")?;
    let options = json!({ "pending": waiting.id });
    let options = client.post("/login/factor/options", &options).await?;
    options.refused(401, "invalid_factor")?;
    waiting.end(&client, "totp", &code).await?.ok()?;
    Ok(())
}

async fn a_missing_part_is_named(target: &Target) -> Result<()> {
    let (ada, _) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let say = async |body: Value| client.post("/login/factor", &body).await;
    let id = &waiting.id;
    say(json!({ "pending": id }))
        .await?
        .refused_field("method", "required")?;
    let no_code = json!({ "pending": id, "method": "totp" });
    say(no_code).await?.refused_field("code", "required")?;
    let no_passkey = json!({ "pending": id, "method": "passkey" });
    say(no_passkey)
        .await?
        .refused_field("credential", "required")?;
    let unknown = json!({ "pending": id, "method": "telepathy", "code": "1" });
    say(unknown).await?.refused(400, "invalid_request")?;
    Ok(())
}

/// The password proves who follows the link, and no more than it does elsewhere.
async fn a_link_of_a_mail_asks_for_it_too(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let new = crate::account::Person::new("new").email;
    let mut inbox = target.inbox(&new).await?;
    let patch = json!({ "email": new, "current_password": ada.person.password });
    ada.client.patch_profile(&patch).await?.ok()?;
    let token = inbox.token().await?;
    let client = target.client().await?;
    let reply = client.confirm(&token, &ada.person.password).await?.ok()?;
    let waiting = Waiting::of(&reply)?;
    client.profile().await?.unauthenticated()?;
    let grant = waiting
        .end(&client, "totp", &added.app.code().await?)
        .await?
        .ok()?;
    ensure!(grant.string("/user/email")? == new, "{grant}");
    Ok(())
}

async fn a_sign_in_through_a_provider_asks_for_it_too(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let added = crate::authenticator::add_app(&ada.client, None).await?;
    let client = target.client().await?;
    let callback = client
        .through(target.provider()?, &Decision::of(&ada.person))
        .await?;
    let waiting = waits_after(&client, &callback).await?;
    let waiting = waiting.context("it is done")?;
    ensure!(waiting.methods.contains(&"totp".to_owned()), "{waiting:?}");
    client.profile().await?.unauthenticated()?;
    let grant = waiting
        .end(&client, "totp", &added.app.code().await?)
        .await?
        .ok()?;
    ensure!(grant.string("/user/id")? == ada.id, "{grant}");
    target.still_in(&client).await
}

/// What waits after a sign-in through a provider; nothing when that is done.
async fn waits_after(client: &Client, callback: &Reply) -> Result<Option<Waiting>> {
    let pending = match client.strategy().transport {
        Transport::Bearer => {
            let code = callback.in_fragment("code")?.context("no code")?;
            let reply = client.exchange(&code).await?.ok()?;
            return Ok(Waiting::of(&reply).ok());
        }
        Transport::Cookie => callback.in_fragment("pending")?,
    };
    let methods = callback.in_fragment("methods")?.unwrap_or_default();
    Ok(pending.map(|id| Waiting {
        id,
        methods: methods.split(',').map(str::to_owned).collect(),
    }))
}

async fn a_providers_second_factor_counts_where_it_is_trusted(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let work = Person::new("work");
    let (one, two) = (target.provider()?, &target.providers()?.two);
    ada.client.link(two, &Decision::of(&work)).await?.is(303)?;
    crate::authenticator::add_app(&ada.client, None).await?;
    let strong = |person: &Person| Decision::of(person).misbehaving(Misbehaviour::SecondFactor);
    for (provider, decision, waits) in [
        (one, strong(&ada.person), true),
        (two, Decision::of(&work), true),
        (two, strong(&work), false),
    ] {
        let client = target.client().await?;
        let callback = client.through(provider, &decision).await?;
        let waiting = waits_after(&client, &callback).await?;
        ensure!(waiting.is_some() == waits, "{callback}: {waiting:?}");
        if !waits {
            target.still_in(&client).await?;
        }
    }
    Ok(())
}

async fn who_stays_signed_in_is_remembered_over_the_step(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let lasts = async |reply: crate::client::Reply, client: &Client| -> Result<String> {
        let waiting = Waiting::of(&reply.ok()?)?;
        let code = added.app.code().await?;
        let grant = waiting.end(client, "totp", &code).await?.ok()?;
        grant.string("/session/expires_at")
    };
    let client = target.client().await?;
    let ordinary = client
        .login(&ada.person.username, &ada.person.password)
        .await?;
    let ordinary = lasts(ordinary, &client).await?;
    let client = target.client().await?;
    let remembered = client.login_remembered(&ada.person).await?;
    let remembered = lasts(remembered, &client).await?;
    // Of times in one form the later one is greater.
    ensure!(
        remembered > ordinary,
        "{remembered} is not after {ordinary}"
    );
    Ok(())
}

async fn the_tokens_tell_of_the_second_factor(target: &Target) -> Result<()> {
    let claims = |client: &Client| -> Result<Value> {
        let token = client.credential().access.context("no token")?;
        let payload = token.split('.').nth(1).context("no payload")?;
        Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload)?)?)
    };
    let bob = target.signed_up("bob").await?;
    ensure!(claims(&bob.client)?.get("amr").is_none());
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    waiting
        .end(&client, "totp", &added.app.code().await?)
        .await?
        .ok()?;
    for _ in 0..2 {
        let said = claims(&client)?;
        ensure!(said["amr"] == json!(["pwd", "otp", "mfa"]), "{said}");
        ensure!(said["acr"] == "aal2", "{said}");
        target.still_in(&client).await?;
        client.refresh().await?.ok()?;
    }
    Ok(())
}

async fn a_foreign_site_ends_no_sign_in(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let code = added.app.code().await?;
    for path in [
        "/login/factor",
        "/login/factor/options",
        "/login/passkey",
        "/login/mail",
    ] {
        let call = client.call(Method::POST, path);
        let call = call.header("origin", "https://evil.example");
        let call = call.header("sec-fetch-site", "cross-site");
        let call = call.json(&waiting.by("totp", &code));
        call.send().await?.refused(403, "cross_origin")?;
    }
    waiting.end(&client, "totp", &code).await?.ok()?;
    Ok(())
}

async fn any_node_ends_it(target: &Target) -> Result<()> {
    let (ada, added) = target.with_app("ada").await?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let other = client.at(target.second.as_ref().context("no second node")?);
    waiting
        .end(&other, "totp", &added.app.code().await?)
        .await?
        .ok()?;
    target.still_in(&other).await
}
