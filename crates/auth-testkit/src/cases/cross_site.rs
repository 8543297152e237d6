//! Requests that a browser sends on behalf of another site.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::json;

use crate::case::cases;
use crate::client::{Call, Reply};
use crate::target::{Account, Target};

cases! { "cross_site":
    a_foreign_site_changes_nothing [Cookie],
    every_unsafe_route_is_guarded [Cookie],
    the_own_site_and_the_address_bar_pass [Cookie],
    a_trusted_site_passes [Cookie, TrustedOrigin],
    a_refusal_names_the_origin_and_the_setting [Cookie],
    a_page_of_another_site_is_told_why_no_cookie_comes [Cookie, TrustedOrigin],
    nearly_the_own_origin_is_foreign [Cookie],
    a_program_without_either_header_passes [Cookie],
    a_foreign_site_cannot_sign_anybody_in [Cookie],
    reading_is_not_refused_by_origin [Cookie],
    a_foreign_site_is_no_matter_without_cookies [Bearer],
}

const FOREIGN: &str = "https://evil.example";

/// A change that is easy to see: a new given name.
fn rename(account: &Account) -> Call<'_> {
    account
        .client
        .call(Method::PATCH, "/profile")
        .json(&json!({"first_name": "Changed"}))
}

async fn unchanged(account: &Account) -> Result<()> {
    let profile = account.client.profile().await?.ok()?;
    ensure!(
        profile.json()["first_name"] == account.person.first_name,
        "{profile}"
    );
    Ok(())
}

fn from<'a>(call: Call<'a>, site: Option<&str>, origin: Option<&str>) -> Call<'a> {
    let call = match site {
        Some(site) => call.header("sec-fetch-site", site),
        None => call,
    };
    match origin {
        Some(origin) => call.header("origin", origin),
        None => call,
    }
}

fn refused(reply: Reply) -> Result<Reply> {
    reply.refused(403, "cross_origin")
}

async fn a_foreign_site_changes_nothing(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    for (site, origin) in [
        (Some("cross-site"), Some(FOREIGN)),
        (Some("same-site"), Some(FOREIGN)),
        (Some("cross-site"), None),
        (Some("same-site"), None),
        (Some("cross-site"), Some("null")),
        (Some("nonsense"), None),
        (Some(""), Some(FOREIGN)),
        (None, Some(FOREIGN)),
        (None, Some("null")),
        (None, Some("")),
    ] {
        let reply = from(rename(&ada), site, origin).send().await?;
        refused(reply).with_context(|| format!("from {site:?} and {origin:?}"))?;
    }
    unchanged(&ada).await
}

async fn every_unsafe_route_is_guarded(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let routes = super::bodies::forms()
        .into_iter()
        .map(|(method, path, _)| (method, path));
    let bare = [(Method::POST, "/logout"), (Method::DELETE, "/logout")];
    let sessions = format!("/sessions/{}", ada.session);
    let more = [
        (Method::DELETE, "/sessions"),
        (Method::DELETE, sessions.as_str()),
    ];
    for (method, path) in routes.chain(bare).chain(more) {
        let call = ada.client.call(method, path).json(&json!({}));
        refused(from(call, Some("cross-site"), Some(FOREIGN)).send().await?)?;
    }
    unchanged(&ada).await
}

async fn the_own_site_and_the_address_bar_pass(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let own = Some(target.origin.as_str());
    for (site, origin) in [
        (Some("same-origin"), own),
        (Some("same-origin"), None),
        (Some("none"), None),
        (None, own),
    ] {
        let reply = from(rename(&ada), site, origin).send().await?;
        reply
            .ok()
            .with_context(|| format!("from {site:?} and {origin:?}"))?;
    }
    Ok(())
}

async fn a_trusted_site_passes(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let trusted = Some(target.trusted()?);
    for site in [Some("cross-site"), Some("same-site"), None] {
        from(rename(&ada), site, trusted).send().await?.ok()?;
    }
    Ok(())
}

async fn a_refusal_names_the_origin_and_the_setting(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mine = "http://127.0.0.1:5173";
    let reply = from(rename(&ada), Some("cross-site"), Some(mine))
        .send()
        .await?;
    let detail = refused(reply)?.string("/detail")?;
    ensure!(
        detail.contains(&format!("--trusted-origin {mine}")),
        "{detail}"
    );
    let reply = from(rename(&ada), None, Some("null")).send().await?;
    let detail = refused(reply)?.string("/detail")?;
    ensure!(detail.contains("--trusted-origin"), "{detail}");
    Ok(())
}

/// SameSite=Lax keeps the cookie from it, whatever CORS lets through.
async fn a_page_of_another_site_is_told_why_no_cookie_comes(target: &Target) -> Result<()> {
    let (client, trusted) = (target.client().await?, target.trusted()?);
    let show = || client.call(Method::GET, "/profile");
    let reply = from(show(), Some("cross-site"), Some(trusted))
        .send()
        .await?;
    let detail = reply.unauthenticated()?.string("/detail")?;
    ensure!(
        detail.contains(trusted) && detail.contains(&target.origin),
        "{detail}"
    );
    let plain = show().send().await?.unauthenticated()?.string("/detail")?;
    ensure!(!plain.contains("cookie"), "{plain}");
    Ok(())
}

async fn nearly_the_own_origin_is_foreign(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let own = &target.origin;
    let trusted = target
        .trusted_origin
        .iter()
        .flat_map(|trusted| neighbours(trusted));
    for origin in neighbours(own).into_iter().chain(trusted) {
        refused(from(rename(&ada), None, Some(&origin)).send().await?)?;
    }
    unchanged(&ada).await
}

/// Origins that a careless comparison takes for this one.
pub(super) fn neighbours(origin: &str) -> Vec<String> {
    let (scheme, host) = origin.split_once("://").unwrap_or(("http", origin));
    let other = if scheme == "http" { "https" } else { "http" };
    vec![
        format!("{origin}.evil.example"),
        format!("{origin}/"),
        format!("{origin}:8"),
        format!("{scheme}://evil.{host}"),
        format!("{scheme}://evil-{host}"),
        format!("{scheme}://{host}@evil.example"),
        format!("{other}://{host}"),
        format!("{}://{host}", scheme.to_uppercase()),
        format!("{origin} {origin}"),
    ]
}

async fn a_program_without_either_header_passes(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    rename(&ada).send().await?.ok()?;
    rename(&ada)
        .header("referer", "https://evil.example/page")
        .send()
        .await?
        .ok()?;
    Ok(())
}

/// Signing a victim in to the attacker's account is an attack too.
async fn a_foreign_site_cannot_sign_anybody_in(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let client = target.client().await?;
    let call = client.call(Method::POST, "/login").json(&ada.login());
    let reply = refused(from(call, Some("cross-site"), Some(FOREIGN)).send().await?)?;
    ensure!(reply.set_cookies().is_empty(), "{reply} sets a cookie");
    Ok(())
}

async fn reading_is_not_refused_by_origin(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let call = ada.client.call(Method::GET, "/profile");
    let reply = from(call, Some("cross-site"), Some(FOREIGN))
        .send()
        .await?
        .ok()?;
    ensure!(
        reply.header("access-control-allow-origin").is_none(),
        "{reply} can be read"
    );
    Ok(())
}

async fn a_foreign_site_is_no_matter_without_cookies(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    from(rename(&ada), Some("cross-site"), Some(FOREIGN))
        .send()
        .await?
        .ok()?;
    Ok(())
}
