//! Credentials in cookies.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::json;

use crate::case::cases;
use crate::client::{Client, Reply, SetCookie};
use crate::shape;
use crate::target::{Account, Target};

cases! { "cookies":
    the_session_cookie_is_out_of_reach [Cookie],
    a_remembered_session_cookie_outlives_the_browser [Cookie],
    no_token_is_in_a_body [Cookie],
    signing_out_takes_the_session_cookie_away [Cookie],
    two_session_cookies_are_none [Cookie],
    a_name_that_is_only_alike_is_another_cookie [Cookie],
    a_neighbours_cookies_change_nothing [Cookie],
    an_invented_session_cookie_is_none [Cookie],
    a_session_cookie_is_no_bearer_token [Cookie],
    a_refresh_cookie_is_out_of_reach [Bearer],
    a_refresh_cookie_refreshes_and_never_shows_in_a_body [Bearer],
    a_refresh_cookie_opens_nothing_else [Bearer],
    a_planted_refresh_cookie_is_none [Bearer],
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

/// The one session cookie that an answer sets, be there others or not.
fn session_cookie_of(target: &Target, reply: &Reply) -> Result<SetCookie> {
    let name = target.cookie_name("session");
    let mut cookies = reply.set_cookies();
    cookies.retain(|cookie| cookie.name == name);
    ensure!(cookies.len() == 1, "{} sets {cookies:?}", reply.request);
    cookies.pop().context("no cookie")
}

fn check_session_cookie(target: &Target, cookie: &SetCookie) -> Result<()> {
    let name = target.cookie_name("session");
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
    let cookie = session_cookie_of(target, &grant)?;
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
        let cookie = session_cookie_of(target, &reply.ok()?)?;
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
        let cookie = session_cookie_of(target, &reply)?;
        ensure!(
            !reply.text().contains(&cookie.value),
            "{reply} shows its cookie"
        );
    }
    Ok(())
}

async fn signing_out_takes_the_session_cookie_away(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let reply = ada.client.logout().await?.ok()?;
    let cookie = session_cookie_of(target, &reply)?;
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
        .into_iter()
        .find(|cookie| cookie.name.contains("session"))
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

/// Names that lenient parsers take for `name`. A neighbouring host may set cookies by them
/// although the name itself is out of its reach.
fn alike(name: &str) -> Vec<Vec<u8>> {
    let (first, last) = (name.as_bytes()[0], name.as_bytes()[name.len() - 1]);
    let spelled = [
        format!("%{first:02x}{}", &name[1..]),
        format!("{}%{last:02X}", &name[..name.len() - 1]),
        name.to_uppercase(),
        format!("{name}%20"),
        format!("{name}%00"),
        format!("\"{name}\""),
        format!("%22{name}%22"),
        format!("x\t{name}"),
    ];
    let blanks = [
        "\t", " ", "\u{a0}", "\u{85}", "\u{2000}", "\u{3000}", "\u{feff}",
    ];
    let led = blanks.map(|blank| format!("{blank}{name}"));
    let followed = blanks.map(|blank| format!("{name}{blank}"));
    let text = spelled.into_iter().chain(led).chain(followed);
    // Blanks in Latin-1, which is no UTF-8.
    let latin = [0xa0, 0x85].map(|blank| [&[blank], name.as_bytes()].concat());
    text.map(String::into_bytes).chain(latin).collect()
}

async fn a_name_that_is_only_alike_is_another_cookie(target: &Target) -> Result<()> {
    let (ada, eve) = (
        target.signed_up("ada").await?,
        target.signed_up("eve").await?,
    );
    let SetCookie { name, value, .. } = session_cookie(&ada.client)?;
    let planted = session_cookie(&eve.client)?.value;
    let show = || ada.client.call(Method::GET, "/profile").anonymous();
    for alias in alike(&name) {
        // Not at the start, where HTTP itself drops blanks.
        let alone = [b"a=1; ", &alias[..], b"=", planted.as_bytes()].concat();
        let reply = show().header_bytes("cookie", &alone).send().await?;
        reply
            .unauthenticated()
            .with_context(|| format!("{alias:?}"))?;
        let both = [&alone[..], format!("; {name}={value}").as_bytes()].concat();
        let reply = show().header_bytes("cookie", &both).send().await?.ok()?;
        ensure!(reply.json()["id"] == ada.id, "{alias:?} signs eve in");
    }
    Ok(())
}

async fn a_neighbours_cookies_change_nothing(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let SetCookie { name, value, .. } = session_cookie(&ada.client)?;
    let own = format!("{name}={value}");
    let heap: Vec<_> = (0..150)
        .map(|n| format!("n{n}={}", "v".repeat(100)))
        .collect();
    for neighbour in [
        &b"theme=d\xfcnkel"[..],
        b"x=\xff\xfe",
        b"x=%ff; %zz=1",
        b"=nameless",
        b"no-equals",
        b";;; ;",
        b"a=\"1; 2\"",
        heap.join("; ").as_bytes(),
    ] {
        let before = [neighbour, b"; ", own.as_bytes()].concat();
        let after = [own.as_bytes(), b"; ", neighbour].concat();
        let show = || ada.client.call(Method::GET, "/profile").anonymous();
        for call in [
            show().header_bytes("cookie", &before),
            show().header_bytes("cookie", &after),
            show()
                .header_bytes("cookie", neighbour)
                .header("cookie", &own),
        ] {
            let reply = call.send().await?.ok();
            reply.with_context(|| String::from_utf8_lossy(neighbour).into_owned())?;
        }
    }
    // Signing out takes the cookie away however it was wrapped.
    let call = ada.client.call(Method::POST, "/logout").anonymous();
    let wrapped = [b"x=\xff; ", own.as_bytes()].concat();
    let gone = call.header_bytes("cookie", &wrapped).send().await?.ok()?;
    ensure!(
        session_cookie_of(target, &gone)?.is_removal(),
        "{gone} leaves the cookie"
    );
    Ok(())
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
    let name = target.cookie_name("refresh");
    ensure!(cookie.name == name, "{cookie:?} is not called {name}");
    ensure!(cookie.path.as_deref() == Some("/"), "Path of {cookie:?}");
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
    let session = target.cookie_name("session");
    for name in [name.as_str(), &session, "access_token"] {
        let call = ada.client.call(Method::GET, "/profile").anonymous();
        let call = call.header("cookie", &format!("{name}={value}"));
        call.send().await?.unauthenticated()?;
    }
    let call = ada.client.call(Method::GET, "/profile").anonymous();
    let call = call.header("authorization", &format!("Bearer {value}"));
    call.send().await?.unauthenticated()?;
    Ok(())
}

async fn a_planted_refresh_cookie_is_none(target: &Target) -> Result<()> {
    let (ada, grant) = with_refresh_cookie(target).await?;
    let SetCookie { name, value, .. } = only_cookie(&grant)?;
    let renew = || ada.client.call(Method::POST, "/refresh").anonymous();
    for alias in alike(&name) {
        let alone = [b"a=1; ", &alias[..], b"=", value.as_bytes()].concat();
        let reply = renew().header_bytes("cookie", &alone).send().await?;
        reply
            .unauthenticated()
            .with_context(|| format!("{alias:?}"))?;
    }
    let twice = format!("{name}={value}; {name}={value}");
    let reply = renew().header("cookie", &twice).send().await?;
    reply.unauthenticated()?;
    ada.client.refresh().await?.ok()?;
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
