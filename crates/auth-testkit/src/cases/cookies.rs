//! Credentials in cookies.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::json;

use crate::account::Account;
use crate::case::cases;
use crate::client::{Client, Reply, SetCookie};
use crate::shape;
use crate::target::Target;

cases! { "cookies":
    the_session_cookie_is_out_of_reach [Cookie],
    a_remembered_session_cookie_outlives_the_browser [Cookie],
    no_token_is_in_a_body [Cookie],
    signing_out_takes_the_session_cookie_away [Cookie],
    two_session_cookies_are_none [Cookie],
    an_invented_session_cookie_is_none [Cookie],
    a_session_cookie_is_no_bearer_token [Cookie],
    a_refresh_cookie_is_out_of_reach [Bearer],
    a_refresh_cookie_refreshes_and_never_shows_in_a_body [Bearer],
    a_refresh_cookie_opens_nothing_else [Bearer],
    a_refresh_cookie_ends_with_its_session [Bearer],
    a_foreign_site_cannot_use_a_refresh_cookie [Bearer],
}

/// The one cookie with a credential that an answer sets.
fn only_cookie(reply: &Reply) -> Result<SetCookie> {
    let mut cookies = reply.set_cookies();
    cookies.retain(|cookie| !cookie.knows_the_device());
    ensure!(cookies.len() == 1, "{} sets {cookies:?}", reply.request);
    cookies.pop().context("no cookie")
}

fn check_session_cookie(target: &Target, cookie: &SetCookie) -> Result<()> {
    let name = if target.is_https() {
        "__Host-session"
    } else {
        "session"
    };
    ensure!(cookie.name == name, "{cookie:?} is not called {name}");
    ensure!(cookie.secure == target.is_https(), "Secure of {cookie:?}");
    ensure!(cookie.http_only, "scripts can read {cookie:?}");
    ensure!(
        cookie.same_site.as_deref() == Some("Lax"),
        "SameSite of {cookie:?}"
    );
    ensure!(cookie.path.as_deref() == Some("/"), "Path of {cookie:?}");
    ensure!(cookie.domain.is_none(), "Domain of {cookie:?}");
    Ok(())
}

async fn the_session_cookie_is_out_of_reach(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let grant = target
        .client()
        .await?
        .login(&ada.username, &ada.password)
        .await?;
    let cookie = only_cookie(&grant)?;
    check_session_cookie(target, &cookie)?;
    ensure!(
        cookie.max_age.is_none() && cookie.expires.is_none(),
        "{cookie:?} is kept"
    );
    ensure!(cookie.value.len() >= 22, "{cookie:?} can be guessed");
    Ok(())
}

async fn a_remembered_session_cookie_outlives_the_browser(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let client = target.client().await?;
    for reply in [
        client.login_remembered(&ada).await?,
        client.refresh().await?,
    ] {
        let cookie = only_cookie(&reply.ok()?)?;
        check_session_cookie(target, &cookie)?;
        ensure!(
            cookie.max_age.is_some_and(|age| age > 24 * 3600),
            "{cookie:?}"
        );
    }
    Ok(())
}

async fn no_token_is_in_a_body(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let client = target.client().await?;
    for reply in [
        client.login(&ada.username, &ada.password).await?,
        client.refresh().await?,
    ] {
        let cookie = only_cookie(&reply)?;
        ensure!(
            !reply.text().contains(&cookie.value),
            "{reply} shows its cookie"
        );
    }
    Ok(())
}

async fn signing_out_takes_the_session_cookie_away(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let cookie = only_cookie(&ada.client.logout().await?.ok()?)?;
    ensure!(
        cookie.is_removal() && cookie.path.as_deref() == Some("/"),
        "{cookie:?}"
    );
    ensure!(
        ada.client.credential().cookies.is_empty(),
        "a cookie is left"
    );
    Ok(())
}

fn session_cookie(client: &Client) -> Result<SetCookie> {
    client
        .credential()
        .cookies
        .pop()
        .context("no session cookie")
}

/// A neighbouring host can plant a second cookie; which of the two is sent first, it can
/// choose too.
async fn two_session_cookies_are_none(target: &Target) -> Result<()> {
    let (ada, eve) = (
        target.signed_up("ada").await?,
        target.signed_up("eve").await?,
    );
    let SetCookie { name, value, .. } = session_cookie(&ada.client)?;
    let planted = session_cookie(&eve.client)?.value;
    for pair in [
        format!("{name}={value}; {name}={planted}"),
        format!("{name}={planted}; {name}={value}"),
        format!("{name}={value}; {name}={value}"),
        format!("{name}={value}; {name}="),
    ] {
        let call = ada.client.call(Method::GET, "/profile").anonymous();
        call.header("cookie", &pair)
            .send()
            .await?
            .unauthenticated()?;
    }
    target.still_in(&ada.client).await
}

async fn an_invented_session_cookie_is_none(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let SetCookie { name, value, .. } = session_cookie(&ada.client)?;
    let (short, long) = (value[..value.len() - 1].to_owned(), format!("{value}A"));
    let huge = "A".repeat(3000);
    for invented in [
        "",
        "A",
        "null",
        "%00",
        &ada.session,
        &ada.id,
        &short,
        &long,
        &huge,
    ] {
        let call = ada.client.call(Method::GET, "/profile").anonymous();
        let call = call.header("cookie", &format!("{name}={invented}"));
        call.send().await?.unauthenticated()?;
    }
    Ok(())
}

async fn a_session_cookie_is_no_bearer_token(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let value = session_cookie(&ada.client)?.value;
    let call = ada.client.call(Method::GET, "/profile").anonymous();
    let call = call.header("authorization", &format!("Bearer {value}"));
    call.send().await?.unauthenticated()?;
    let query = format!("/profile?session={value}");
    ada.client
        .call(Method::GET, &query)
        .anonymous()
        .send()
        .await?
        .unauthenticated()?;
    Ok(())
}

/// Signs a new person in with the refresh token in a cookie.
async fn with_refresh_cookie(target: &Target) -> Result<(Account, Reply)> {
    let ada = target.signed_up("ada").await?;
    let mut body = ada.person.login();
    body["refresh"] = json!("cookie");
    let grant = ada.client.post("/login", &body).await?.ok()?;
    Ok((ada, grant))
}

fn check_refresh_cookie(target: &Target, cookie: &SetCookie) -> Result<()> {
    ensure!(cookie.http_only, "scripts can read {cookie:?}");
    ensure!(cookie.secure == target.is_https(), "Secure of {cookie:?}");
    ensure!(
        cookie.same_site.as_deref() == Some("Strict"),
        "SameSite of {cookie:?}"
    );
    let path = format!("{}/refresh", target.base_path());
    ensure!(
        cookie.path.as_deref() == Some(path.as_str()),
        "Path of {cookie:?}"
    );
    ensure!(cookie.domain.is_none(), "Domain of {cookie:?}");
    Ok(())
}

async fn a_refresh_cookie_is_out_of_reach(target: &Target) -> Result<()> {
    let (_, grant) = with_refresh_cookie(target).await?;
    let cookie = only_cookie(&grant)?;
    check_refresh_cookie(target, &cookie)?;
    shape::grant(grant.json(), target.strategy().await?, false)?;
    ensure!(
        !grant.text().contains(&cookie.value),
        "{grant} shows its cookie"
    );
    Ok(())
}

async fn a_refresh_cookie_refreshes_and_never_shows_in_a_body(target: &Target) -> Result<()> {
    let (ada, first) = with_refresh_cookie(target).await?;
    let grant = ada.client.refresh().await?.ok()?;
    shape::grant(grant.json(), target.strategy().await?, false)?;
    let (old, new) = (only_cookie(&first)?, only_cookie(&grant)?);
    check_refresh_cookie(target, &new)?;
    ensure!(old.value != new.value, "the refresh token did not rotate");
    ada.client
        .call(Method::POST, "/refresh")
        .raw_json("{}")
        .send()
        .await?
        .ok()?;
    target.still_in(&ada.client).await
}

async fn a_refresh_cookie_opens_nothing_else(target: &Target) -> Result<()> {
    let (ada, grant) = with_refresh_cookie(target).await?;
    let SetCookie { name, value, .. } = only_cookie(&grant)?;
    for name in [name.as_str(), "session", "__Host-session", "access_token"] {
        let call = ada.client.call(Method::GET, "/profile").anonymous();
        let call = call.header("cookie", &format!("{name}={value}"));
        call.send().await?.unauthenticated()?;
    }
    let call = ada.client.call(Method::GET, "/profile").anonymous();
    let call = call.header("authorization", &format!("Bearer {value}"));
    call.send().await?.unauthenticated()?;
    Ok(())
}

async fn a_refresh_cookie_ends_with_its_session(target: &Target) -> Result<()> {
    let (ada, _) = with_refresh_cookie(target).await?;
    let thief = ada.client.copy();
    ada.client.logout().await?.ok()?;
    ensure!(
        ada.client.credential().cookies.is_empty(),
        "a cookie is left"
    );
    target.signed_out(&thief).await
}

async fn a_foreign_site_cannot_use_a_refresh_cookie(target: &Target) -> Result<()> {
    let (ada, _) = with_refresh_cookie(target).await?;
    let call = ada
        .client
        .call(Method::POST, "/refresh")
        .header("sec-fetch-site", "cross-site");
    let call = call.header("origin", "https://evil.example");
    call.send().await?.refused(403, "cross_origin")?;
    Ok(())
}
