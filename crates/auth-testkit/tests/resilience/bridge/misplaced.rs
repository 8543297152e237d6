//! Credentials in the wrong place, or of somebody else, and settings that lead nowhere.

use anyhow::{Result, ensure};
use auth_testkit::Credential;
use auth_testkit::process::Program;
use reqwest::Method;
use serde_json::json;
use tokio::time::sleep;

use super::{Both, WINDOW, Way, change_over, launch, without_tokens};
use crate::deployment::Deployment;
use crate::on;

on! {
    nobody_elses_refresh_token_outlives_a_sign_in: session_on_sqlite;
    an_access_token_is_no_refresh_token: session_on_sqlite, session_on_services;
    a_token_in_a_cookie_stays_there: session_on_sqlite;
    a_dead_cookie_does_not_stand_in_the_way_of_a_token: session_on_sqlite;
    a_cookie_that_is_still_honoured_speaks_for_no_other_site: session_on_sqlite;
    a_credential_is_taken_in_its_own_place_only: session_on_sqlite;
    a_bridge_that_leads_nowhere_is_refused: session_on_sqlite;
}

async fn nobody_elses_refresh_token_outlives_a_sign_in(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    let ada = both.signed_up(&on, Way::ToSession).await?;
    let bob = both.signed_up(&on, Way::ToSession).await?;
    let page = both.page(ada.client.credential(), &both.jwt)?;
    let kept = json!({ "refresh_token": page.credential().refresh, "refresh": "cookie" });
    page.post("/refresh", &kept).await?.ok()?;
    // Her page is gone, his begins.
    let page = both.page(without_tokens(&page), &both.session)?;
    ensure!(page.credential().cookies.len() == 1, "no refresh cookie");
    let login = page
        .login(&bob.person.username, &bob.person.password)
        .await?;
    login.ok()?;
    let names: Vec<_> = page
        .credential()
        .cookies
        .iter()
        .map(|one| one.name.clone())
        .collect();
    ensure!(names == ["session-4000"], "{names:?}");
    page.logout().await?.ok()?;
    change_over(&page, Way::ToSession)
        .await?
        .unauthenticated()?;
    Ok(())
}

async fn an_access_token_is_no_refresh_token(on: Deployment) -> Result<()> {
    let opaque = launch(&on, Program::SessionServer).flag("--transport", "bearer");
    let tokens = launch(&on, Program::JwtServer).flag("--bridge", "session-bearer");
    let both = Both::start(opaque, tokens).await?;
    let account = both.signed_up(&on, Way::ToTokens).await?;
    let page = both.page(account.client.credential(), &both.jwt)?;
    let access = page.credential().access.unwrap();
    let stolen = json!({ "refresh_token": access });
    let thief = page.copy();
    thief.post("/refresh", &stolen).await?.unauthenticated()?;
    page.refresh().await?.ok()?;
    for _ in 0..2 {
        thief.post("/refresh", &stolen).await?.unauthenticated()?;
        page.profile().await?.ok()?;
        sleep(WINDOW).await;
    }
    Ok(())
}

async fn a_token_in_a_cookie_stays_there(on: Deployment) -> Result<()> {
    for percent in ["0", "100"] {
        let by_cookie = launch(&on, Program::JwtServer).flag("--transport", "cookie");
        let bridge = launch(&on, Program::JwtServer).flag("--bridge", "jwt-cookie");
        let bridge = bridge.flag("--bridge-percent", percent);
        let both = Both::start(by_cookie, bridge).await?;
        let account = both.signed_up(&on, Way::ToTokens).await?;
        let page = both.page(account.client.credential(), &both.jwt)?;
        page.profile().await?.ok()?;
        let grant = page.refresh().await?.ok()?;
        ensure!(grant.json()["access_token"].is_null(), "{grant}");
        page.profile().await?.ok()?;
        let grant = change_over(&page, Way::ToTokens).await?.ok()?;
        let changed = grant.json()["access_token"].is_string();
        ensure!(changed == (percent == "100"), "{grant}");
        page.profile().await?.ok()?;
    }
    Ok(())
}

async fn a_dead_cookie_does_not_stand_in_the_way_of_a_token(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    let ada = both.signed_up(&on, Way::ToTokens).await?;
    let dead = ada.client.credential();
    ada.client.copy().logout().await?.ok()?;
    let bob = both.signed_up(&on, Way::ToSession).await?;
    let page = both.page(
        Credential {
            cookies: dead.cookies,
            ..bob.client.credential()
        },
        &both.session,
    )?;
    let profile = page.profile().await?.ok()?;
    ensure!(
        profile.string("/username")? == bob.person.username,
        "{profile}"
    );
    Ok(())
}

async fn a_cookie_that_is_still_honoured_speaks_for_no_other_site(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    let account = both.signed_up(&on, Way::ToTokens).await?;
    let page = both.page(account.client.credential(), &both.jwt)?;
    for (method, path) in [
        (Method::POST, "/logout"),
        (Method::POST, "/refresh"),
        (Method::DELETE, "/sessions"),
    ] {
        let call = page
            .call(method, path)
            .header("origin", "https://evil.example");
        let call = call.header("sec-fetch-site", "cross-site");
        ensure!(call.send().await?.status == 403, "{path}");
    }
    page.profile().await?.ok()?;
    Ok(())
}

async fn a_credential_is_taken_in_its_own_place_only(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    let account = both.signed_up(&on, Way::ToTokens).await?;
    let cookie = account.client.credential().cookies[0].value.clone();
    let secret = cookie
        .split_once("%3D")
        .map_or(&*cookie, |(_, secret)| secret);
    let page = both.page(account.client.credential(), &both.jwt)?;
    page.profile().await?.ok()?;
    let stolen = Credential {
        access: Some(secret.to_owned()),
        refresh: Some(secret.to_owned()),
        ..Credential::default()
    };
    for server in [&both.session, &both.jwt] {
        let thief = both.page(stolen.clone(), server)?;
        thief.profile().await?.unauthenticated()?;
        thief.refresh().await?.unauthenticated()?;
    }
    page.profile().await?.ok()?;
    Ok(())
}

async fn a_bridge_that_leads_nowhere_is_refused(on: Deployment) -> Result<()> {
    for (program, flag, value, told) in [
        (
            Program::SessionServer,
            "--bridge",
            "session",
            "--bridge session names",
        ),
        (
            Program::JwtServer,
            "--bridge",
            "session,session",
            "--bridge session names",
        ),
        (
            Program::JwtServer,
            "--bridge",
            "cookies",
            "invalid value 'cookies'",
        ),
        (
            Program::JwtServer,
            "--bridge-percent",
            "101",
            "101 is not in",
        ),
        (
            Program::JwtServer,
            "--bridge-until",
            "tomorrow",
            "it wants a time",
        ),
    ] {
        let ended = launch(&on, program).flag(flag, value).run().await?;
        let output = ended.output.tail();
        ensure!(!ended.status.success() && output.contains(told), "{output}");
    }
    Ok(())
}
