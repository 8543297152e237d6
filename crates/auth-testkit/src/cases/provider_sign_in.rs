//! Signing up and signing in through a provider.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::account::Person;
use crate::case::cases;
use crate::client::{Client, Reply, SetCookie, Transport};
use crate::provider::{Decision, Misbehaviour};
use crate::shape;
use crate::target::Target;

cases! { "provider_sign_in":
    a_first_sign_in_makes_an_account [Providers],
    a_second_sign_in_finds_the_same_account [Providers],
    what_a_provider_says_later_changes_no_account [Providers],
    a_taken_username_gives_way_to_a_free_one [Providers],
    whoever_tells_no_name_has_one [Providers],
    a_subject_is_somebody_else_at_another_provider [Providers],
    every_departure_is_new_and_proves_itself [Providers],
    the_flow_cookie_is_out_of_reach [Providers],
    only_a_page_that_is_opened_departs [Providers],
    another_site_replaces_no_session_unasked [Providers, Cookie],
    a_browser_returns_where_it_wanted [Providers],
    a_browser_returns_to_a_trusted_origin [Providers, TrustedOrigin],
    a_browser_never_returns_elsewhere [Providers],
    an_unknown_provider_is_not_found [Providers],
    a_fresh_sign_in_can_be_asked_for [Providers],
    looking_moves_nothing [Providers],
    no_redirect_is_kept_or_passed_on [Providers],
    a_callback_leaves_nothing_secret_in_the_address [Providers],
    a_sign_in_ends_what_the_browser_held_before [Providers, Cookie],
    a_password_set_later_signs_in_too [Providers],
}

async fn a_first_sign_in_makes_an_account(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let user = ada.client.profile().await?.ok()?;
    shape::user(user.json())?;
    for (field, wanted) in ada.person.form().as_object().into_iter().flatten() {
        ensure!(
            field == "password" || user.json()[field] == *wanted,
            "{field} of {user}"
        );
    }
    ensure!(user.json()["email_verified"] == true, "{user}");
    ensure!(user.json()["has_password"] == false, "{user}");
    let identities = ada.client.identities().await?;
    ensure!(identities.len() == 1, "{identities:?}");
    shape::identity(&identities[0])?;
    ensure!(identities[0]["provider"] == "one", "{identities:?}");
    ensure!(identities[0]["email"] == ada.person.email, "{identities:?}");
    Ok(())
}

async fn a_second_sign_in_finds_the_same_account(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let phone = target.come_as(ada.person.clone()).await?;
    ensure!(phone.id == ada.id, "a second account was made");
    ensure!(phone.session != ada.session, "two devices share a session");
    target.still_in(&ada.client).await?;
    let identities = ada.client.identities().await?;
    ensure!(identities.len() == 1, "{identities:?}");
    Ok(())
}

/// Whoever is known is known by issuer and subject, whatever else the provider says.
async fn what_a_provider_says_later_changes_no_account(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let before = ada.client.profile().await?.ok()?;
    let other = Person {
        subject: ada.person.subject.clone(),
        ..Person::new("countess")
    };
    let later = Decision::of(&other).with("given_name", "Augusta");
    for decision in [later.clone(), later.misbehaving(Misbehaviour::NoEmail)] {
        let phone = target.client().await?;
        phone.arrive(target.provider()?, &decision).await?;
        phone.profile().await?.says(before.json())?;
    }
    Ok(())
}

async fn a_taken_username_gives_way_to_a_free_one(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?.person;
    let twin = Person {
        username: ada.username.to_uppercase(),
        ..Person::new("twin")
    };
    let twin = target.come_as(twin).await?;
    let user = twin.client.profile().await?.ok()?;
    let username = user.string("/username")?;
    ensure!(
        !username.eq_ignore_ascii_case(&ada.username),
        "{username} is taken"
    );
    ensure!(
        username.to_lowercase().starts_with(&ada.username),
        "{username} has nothing of the wish"
    );
    Ok(())
}

async fn whoever_tells_no_name_has_one(target: &Target) -> Result<()> {
    let person = Person::new("anon");
    let decision = ["given_name", "family_name", "preferred_username"]
        .into_iter()
        .fold(Decision::of(&person), Decision::without);
    let client = target.client().await?;
    client.arrive(target.provider()?, &decision).await?;
    let user = client.profile().await?.ok()?;
    shape::user(user.json())?;
    ensure!(user.json()["email"] == person.email, "{user}");
    Ok(())
}

async fn a_subject_is_somebody_else_at_another_provider(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let namesake = Person {
        subject: ada.person.subject.clone(),
        ..Person::new("eve")
    };
    let client = target.client().await?;
    let elsewhere = &target.providers()?.two;
    client.arrive(elsewhere, &Decision::of(&namesake)).await?;
    let user = client.profile().await?.ok()?;
    ensure!(
        user.json()["id"] != ada.id,
        "one subject, two providers, one account"
    );
    Ok(())
}

fn parameter(url: &Url, name: &str) -> Result<String> {
    let mut pairs = url.query_pairs().filter(|(known, _)| known == name);
    let value = pairs.next().map(|(_, value)| value.into_owned());
    ensure!(pairs.next().is_none(), "{url} has {name} twice");
    value.with_context(|| format!("{url} has no {name}"))
}

async fn every_departure_is_new_and_proves_itself(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let mut seen = vec![];
    for _ in 0..3 {
        let start = client.start("one", "").await?;
        let url: Url = start.location()?.parse()?;
        let page = format!("{}/authorize", target.provider()?.issuer());
        ensure!(url.as_str().starts_with(&page), "{url} is not {page}");
        let callback = format!("{}{}/oauth/one/callback", target.origin, target.base_path());
        ensure!(parameter(&url, "redirect_uri")? == callback, "{url}");
        ensure!(parameter(&url, "response_type")? == "code", "{url}");
        ensure!(parameter(&url, "code_challenge_method")? == "S256", "{url}");
        let scope = parameter(&url, "scope")?;
        ensure!(scope.split(' ').any(|one| one == "openid"), "{url}");
        for name in ["state", "nonce", "code_challenge"] {
            let value = parameter(&url, name)?;
            ensure!(value.len() >= 43, "{name} of {url} can be guessed");
            seen.push(value);
        }
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    ensure!(seen.len() == all, "a departure repeats another");
    Ok(())
}

async fn the_flow_cookie_is_out_of_reach(target: &Target) -> Result<()> {
    let start = target.client().await?.start("one", "").await?;
    let cookies = start.set_cookies();
    let [cookie, tab] = &cookies[..] else {
        anyhow::bail!("{} sets {cookies:?}", start.request)
    };
    let name = target.cookie_name("flow");
    ensure!(cookie.name == name, "{cookie:?} is not called {name}");
    ensure!(tab.name.starts_with(&format!("{name}-")), "{tab:?}");
    let as_tab = SetCookie {
        name: tab.name.clone(),
        ..cookie.clone()
    };
    ensure!(*tab == as_tab, "{tab:?} differs from {cookie:?}");
    ensure!(cookie.secure == target.is_https(), "Secure of {cookie:?}");
    ensure!(cookie.http_only, "scripts can read {cookie:?}");
    ensure!(cookie.same_site.as_deref() == Some("Lax"), "{cookie:?}");
    ensure!(cookie.path.as_deref() == Some("/"), "{cookie:?}");
    ensure!(cookie.domain.is_none(), "Domain of {cookie:?}");
    ensure!(cookie.value.len() >= 43, "{cookie:?} can be guessed");
    let flow = i64::try_from(target.lifetimes.flow.as_secs())?;
    ensure!(cookie.max_age == Some(flow), "{cookie:?} is kept");
    Ok(())
}

async fn only_a_page_that_is_opened_departs(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let with = |name, value| {
        let call = client.call(Method::GET, "/oauth/one/start");
        call.header("accept", "text/html").header(name, value)
    };
    for (name, value) in [
        ("sec-fetch-dest", "image"),
        ("sec-fetch-dest", "iframe"),
        ("sec-fetch-dest", "empty"),
        ("sec-fetch-mode", "no-cors"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("x-moz", "prefetch"),
    ] {
        let reply = with(name, value).send().await?;
        let reply = reply.refused(403, "navigation_required")?;
        ensure!(reply.set_cookies().is_empty(), "{reply} sets a cookie");
    }
    let opened = with("sec-fetch-mode", "navigate").header("sec-fetch-dest", "document");
    opened.send().await?.is(303)?;
    Ok(())
}

/// Follows a link to the sign-in, as a browser that sends these headers.
async fn follow(client: &Client, headers: &[(&str, &str)]) -> Result<Reply> {
    let call = client.call(Method::GET, "/oauth/one/start?return_to=/%22%3Ex");
    let call = call.header("accept", "text/html");
    let headers = headers.iter();
    let call = headers.fold(call, |call, (name, value)| call.header(name, value));
    call.send().await
}

/// Otherwise a link signs whoever follows it in to an account of the attacker's choice.
async fn another_site_replaces_no_session_unasked(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let stranger = target.client().await?;
    let foreign = ("sec-fetch-site", "cross-site");
    let question = follow(&ada.client, &[foreign]).await?.ok()?;
    ensure!(question.media_type() == "text/html", "{question}");
    ensure!(
        question.set_cookies().is_empty(),
        "{question} sets a cookie"
    );
    let text = question.text();
    ensure!(text.contains(&ada.person.username), "{text}");
    ensure!(
        !text.contains("\">x") && !text.contains("<script"),
        "{text}"
    );
    let policy = question
        .header("content-security-policy")
        .unwrap_or_default();
    ensure!(policy.contains("default-src 'none'"), "{policy}");
    target.still_in(&ada.client).await?;

    // From that page, from our own, from the address bar, and where nobody is signed in.
    for site in ["same-origin", "none"] {
        follow(&ada.client, &[("sec-fetch-site", site)])
            .await?
            .is(303)?;
    }
    follow(&stranger, &[foreign]).await?.is(303)?;
    if let Some(trusted) = &target.trusted_origin {
        let from_trusted = [foreign, ("referer", trusted.as_str())];
        follow(&ada.client, &from_trusted).await?.is(303)?;
    }
    Ok(())
}

/// A query that wishes to return somewhere.
fn wishing(place: &str) -> String {
    let query = Serializer::new(String::new())
        .append_pair("return_to", place)
        .finish();
    format!("?{query}")
}

/// Where a sign-in ends that wanted to end there.
async fn ends(target: &Target, wish: Option<&str>) -> Result<String> {
    let (client, provider) = (target.client().await?, target.provider()?);
    let query = wish.map(wishing).unwrap_or_default();
    let start = client.start("one", &query).await?;
    let decision = Decision::of(&Person::new("ada"));
    let callback = provider.decide(start.location()?, &decision).await?;
    let reply = client.come_back(&callback).await?;
    client.land(&reply).await?;
    let place = reply.location()?.split('#').next();
    Ok(place.unwrap_or_default().to_owned())
}

async fn a_browser_returns_where_it_wanted(target: &Target) -> Result<()> {
    ensure!(ends(target, None).await? == "/");
    for wish in ["/", "/profile?tab=a%20b&x=1", "/a/../b"] {
        let place = ends(target, Some(wish)).await?;
        ensure!(place == wish, "{place} instead of {wish}");
    }
    let own = format!("{}/welcome", target.origin);
    ensure!(ends(target, Some(&own)).await? == own);
    Ok(())
}

async fn a_browser_returns_to_a_trusted_origin(target: &Target) -> Result<()> {
    let wish = format!("{}/welcome?x=1", target.trusted()?);
    let place = ends(target, Some(&wish)).await?;
    ensure!(place == wish, "{place} instead of {wish}");
    Ok(())
}

async fn a_browser_never_returns_elsewhere(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let trusted = target.trusted_origin.as_deref().unwrap_or(&target.origin);
    let host = trusted.split("//").nth(1).unwrap_or_default();
    for wish in [
        "",
        "profile",
        "https://evil.example",
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "////evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/%0d%0aset-cookie:x=1\r\n",
        " /x",
        "https:evil.example",
        "https:/evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://localhost/",
        "/x#code=1",
        "/\u{202e}",
        &format!("{trusted}.evil.example/"),
        &format!("{trusted}@evil.example/"),
        &format!("https://user:pass@{host}/"),
        &format!("{trusted}:8443/"),
        &format!("https://evil.example/{trusted}"),
        &format!("/{}", "x".repeat(2048)),
    ] {
        let reply = client.start("one", &wishing(wish)).await?;
        let reply = reply.refused(422, "validation_failed");
        let reply = reply.with_context(|| format!("{wish:?}"))?;
        let fields = reply.field_errors();
        ensure!(
            fields.len() == 1 && fields[0].0 == "return_to",
            "{wish:?}: {reply}"
        );
        ensure!(reply.set_cookies().is_empty(), "{reply} sets a cookie");
    }
    Ok(())
}

async fn an_unknown_provider_is_not_found(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?.client;
    for unknown in ["three", "ONE", "one%2f", "..%2fone", "exchange", "'"] {
        ada.start(unknown, "").await?.refused(404, "not_found")?;
        let path = format!("/oauth/{unknown}/callback?code=x&state=y");
        ada.get(&path).await?.refused(404, "not_found")?;
        let link = ada.ask_to_link(unknown, &serde_json::json!({})).await?;
        link.refused(404, "not_found")?;
    }
    Ok(())
}

async fn a_fresh_sign_in_can_be_asked_for(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let start = client.start("one", "?prompt=login").await?;
    let url: Url = start.location()?.parse()?;
    ensure!(parameter(&url, "prompt")? == "login", "{url}");
    ensure!(parameter(&url, "max_age")? == "0", "{url}");
    let other = client.start("one", "?prompt=none").await?;
    other.refused_field("prompt", "invalid_format")?;
    Ok(())
}

/// A HEAD is no visit: link checkers and previews send them.
async fn looking_moves_nothing(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let look = client.call(Method::HEAD, "/oauth/one/start").send().await?;
    ensure!(
        look.status == 405 && look.set_cookies().is_empty(),
        "{look}"
    );
    let decision = Decision::of(&Person::new("ada"));
    let callback = client.visit(target.provider()?, &decision).await?;
    let path = format!("^{}?{}", callback.path(), callback.query().unwrap_or(""));
    let look = client.call(Method::HEAD, &path).send().await?;
    ensure!(
        look.status == 405 && look.set_cookies().is_empty(),
        "{look}"
    );
    client.land(&client.come_back(&callback).await?).await
}

async fn no_redirect_is_kept_or_passed_on(target: &Target) -> Result<()> {
    let (client, provider) = (target.client().await?, target.provider()?);
    let decision = Decision::of(&Person::new("ada"));
    let start = client.start("one", "").await?;
    let callback = provider.decide(start.location()?, &decision).await?;
    let landed = client.come_back(&callback).await?.is(303)?;
    let spent = client.come_back_to_a_page(&callback).await?.is(303)?;
    for reply in [start, landed, spent] {
        for (name, wanted) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
        ] {
            let told = reply.header(name).unwrap_or_default();
            ensure!(told == wanted, "{} has {name}: {told:?}", reply.request);
        }
    }
    Ok(())
}

/// That no answer repeats the code or the state of its request is checked on every call.
async fn a_callback_leaves_nothing_secret_in_the_address(target: &Target) -> Result<()> {
    let client = target.client().await?;
    let decision = Decision::of(&Person::new("ada"));
    let reply: Reply = client.through(target.provider()?, &decision).await?;
    let location = reply.location()?.to_owned();
    ensure!(reply.body.is_empty(), "{reply} has a body");
    match target.strategy().await?.transport {
        Transport::Cookie => ensure!(location == "/", "the callback leads to {location}"),
        Transport::Bearer => {
            let code = reply.in_fragment("code")?.context("no code")?;
            ensure!(location == format!("/#code={code}"), "{location}");
            ensure!(code.len() == 43, "{code} is no one-time code");
            ensure!(reply.set_cookies().is_empty(), "{reply} sets a cookie");
        }
    }
    Ok(())
}

async fn a_sign_in_ends_what_the_browser_held_before(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let kept = ada.client.copy();
    let decision = Decision::of(&Person::new("bob"));
    ada.client.arrive(target.provider()?, &decision).await?;
    target.signed_out(&kept).await?;
    let user = ada.client.profile().await?.ok()?;
    ensure!(user.json()["id"] != ada.id, "{user}");
    Ok(())
}

async fn a_password_set_later_signs_in_too(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    target.set_password(&ada.person).await?;
    target.signed_out(&ada.client).await?;
    let by_password = target.signed_in_by_password(ada.person.clone()).await?;
    ensure!(
        by_password.id == ada.id,
        "the password is another account's"
    );
    let user = by_password.client.profile().await?.ok()?;
    ensure!(user.json()["has_password"] == true, "{user}");
    target.link_again(&ada.person).await?;
    let by_provider = target.come_as(ada.person).await?;
    ensure!(
        by_provider.id == ada.id,
        "the identity is another account's"
    );
    Ok(())
}
