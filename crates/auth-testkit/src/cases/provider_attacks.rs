//! Attacks on the way back from a provider (RFC 9700, 4).

use anyhow::{Context as _, Result, ensure};
use url::Url;

use crate::account::Person;
use crate::case::cases;
use crate::client::{Client, Reply};
use crate::provider::Decision;
use crate::target::Target;

cases! { "provider_attacks":
    a_replayed_callback_is_refused [Providers],
    a_callback_in_another_browser_is_refused_and_spends_nothing [Providers],
    two_flow_cookies_are_none [Providers],
    a_callback_for_another_provider_is_refused_and_spends_nothing [Providers],
    a_code_of_one_provider_is_no_good_at_another [Providers],
    a_code_of_another_persons_flow_is_no_good [Providers],
    a_changed_state_is_refused_and_spends_nothing [Providers],
    a_callback_without_its_parts_is_refused [Providers],
    a_forged_issuer_is_refused [Providers],
    a_provider_cannot_put_words_into_the_address [Providers],
    a_flow_cookie_opens_nothing_else [Providers],
    a_callback_by_post_needs_a_form [Providers],
}

/// A person on the way back, in their browser.
async fn on_the_way_back(target: &Target) -> Result<(Client, Url)> {
    let client = target.client().await?;
    let decision = Decision::of(&Person::new("ada"));
    let callback = client.visit(target.provider()?, &decision).await?;
    Ok((client, callback))
}

/// The same callback with other parameters; an empty value takes one out.
fn with(callback: &Url, changes: &[(&str, &str)]) -> Url {
    let mut changed = callback.clone();
    let kept = callback
        .query_pairs()
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let new = changes.iter().filter(|(_, value)| !value.is_empty());
    changed
        .query_pairs_mut()
        .clear()
        .extend_pairs(kept)
        .extend_pairs(new);
    changed
}

fn parameter(callback: &Url, name: &str) -> Result<String> {
    let mut pairs = callback.query_pairs();
    let found = pairs.find(|(known, _)| known == name);
    let (_, value) = found.with_context(|| format!("{callback} has no {name}"))?;
    Ok(value.into_owned())
}

/// Expects that nothing is known of the flow, and that nobody is signed in.
async fn unknown(client: &Client, reply: Reply) -> Result<()> {
    let reply = reply.refused(400, "invalid_flow")?;
    ensure!(reply.set_cookies().is_empty(), "{reply} sets a cookie");
    client.copy().profile().await?.unauthenticated()?;
    Ok(())
}

async fn a_replayed_callback_is_refused(target: &Target) -> Result<()> {
    let (client, callback) = on_the_way_back(target).await?;
    let thief = client.copy();
    client.land(&client.come_back(&callback).await?).await?;
    unknown(&thief, thief.come_back(&callback).await?).await?;
    target.still_in(&client).await
}

/// Otherwise a link signs whoever follows it in as the attacker.
async fn a_callback_in_another_browser_is_refused_and_spends_nothing(
    target: &Target,
) -> Result<()> {
    let (client, callback) = on_the_way_back(target).await?;
    let (bare, other) = (target.client().await?, target.client().await?);
    other.start("one", "").await?.is(303)?;
    for stranger in [bare, other] {
        unknown(&stranger, stranger.come_back(&callback).await?).await?;
    }
    client.land(&client.come_back(&callback).await?).await
}

/// A neighbouring host can plant a second cookie.
async fn two_flow_cookies_are_none(target: &Target) -> Result<()> {
    let (client, callback) = on_the_way_back(target).await?;
    let own = client.credential().flow.context("no flow cookie")?;
    let other = target.client().await?;
    other.start("one", "").await?.is(303)?;
    let planted = other.credential().flow.context("no flow cookie")?;
    let path = format!("^{}?{}", callback.path(), callback.query().unwrap_or(""));
    for (first, second) in [(&own, &planted), (&planted, &own)] {
        let cookies = format!("{0}={1}; {0}={2}", own.name, first.value, second.value);
        let call = client.call(reqwest::Method::GET, &path).anonymous();
        let reply = call.header("cookie", &cookies).send().await?;
        unknown(&client, reply).await?;
    }
    client.land(&client.come_back(&callback).await?).await
}

async fn a_callback_for_another_provider_is_refused_and_spends_nothing(
    target: &Target,
) -> Result<()> {
    let (client, callback) = on_the_way_back(target).await?;
    let mut astray = callback.clone();
    astray.set_path(&callback.path().replace("/one/", "/two/"));
    unknown(&client, client.come_back(&astray).await?).await?;
    client.land(&client.come_back(&callback).await?).await
}

/// Mix-up (RFC 9700, 4.4): whatever issuer the attacker names, the code is not redeemed.
async fn a_code_of_one_provider_is_no_good_at_another(target: &Target) -> Result<()> {
    let providers = target.providers()?;
    for issuer in [providers.one.issuer(), providers.two.issuer()] {
        let (client, stolen) = on_the_way_back(target).await?;
        let decision = Decision::of(&Person::new("eve"));
        let own = client.visit(&providers.two, &decision).await?;
        let mixed = [("code", &*parameter(&stolen, "code")?), ("iss", issuer)];
        let reply = client.come_back(&with(&own, &mixed)).await?;
        reply.refused(502, "provider_failed")?;
        client.profile().await?.unauthenticated()?;
    }
    Ok(())
}

/// Code injection (RFC 9700, 4.5): PKCE and the nonce bind a code to its flow.
async fn a_code_of_another_persons_flow_is_no_good(target: &Target) -> Result<()> {
    let (victim, stolen) = on_the_way_back(target).await?;
    let (thief, own) = on_the_way_back(target).await?;
    let injected = with(&own, &[("code", &parameter(&stolen, "code")?)]);
    let reply = thief.come_back(&injected).await?;
    reply.refused(502, "provider_failed")?;
    thief.profile().await?.unauthenticated()?;
    victim.profile().await?.unauthenticated()?;
    Ok(())
}

async fn a_changed_state_is_refused_and_spends_nothing(target: &Target) -> Result<()> {
    let (client, callback) = on_the_way_back(target).await?;
    let state = parameter(&callback, "state")?;
    let turned: String = state.chars().rev().collect();
    let shorter = &state[..state.len() - 1];
    let other = on_the_way_back(target).await?.1;
    for changed in [
        &*turned,
        shorter,
        &format!("{state}A"),
        &parameter(&other, "state")?,
        "💩",
        "' OR 1=1 --",
        &"A".repeat(4000),
    ] {
        let changed = with(&callback, &[("state", changed)]);
        unknown(&client, client.come_back(&changed).await?).await?;
    }
    client.land(&client.come_back(&callback).await?).await
}

async fn a_callback_without_its_parts_is_refused(target: &Target) -> Result<()> {
    let (client, callback) = on_the_way_back(target).await?;
    let bare = with(&callback, &[("state", "")]);
    unknown(&client, client.come_back(&bare).await?).await?;
    let twice = Url::parse(&format!("{callback}&state=x"))?;
    let reply = client.come_back(&twice).await?;
    ensure!(reply.status == 400, "{reply}");
    client.land(&client.come_back(&callback).await?).await?;

    let (client, callback) = on_the_way_back(target).await?;
    let reply = client.come_back(&with(&callback, &[("code", "")])).await?;
    reply.refused(502, "provider_failed")?;
    client.profile().await?.unauthenticated()?;
    Ok(())
}

/// RFC 9207: the provider says who it is, and a callback that says something else, or
/// nothing, is not its own.
async fn a_forged_issuer_is_refused(target: &Target) -> Result<()> {
    let other = target.providers()?.two.issuer().to_owned();
    let own = target.provider()?.issuer().to_owned();
    for forged in [other.as_str(), "", &format!("{own}/"), &own.to_uppercase()] {
        let (client, callback) = on_the_way_back(target).await?;
        let reply = client
            .come_back(&with(&callback, &[("iss", forged)]))
            .await?;
        let reply = reply.refused(502, "provider_failed");
        reply.with_context(|| format!("iss={forged:?}"))?;
        client.profile().await?.unauthenticated()?;
    }
    Ok(())
}

async fn a_provider_cannot_put_words_into_the_address(target: &Target) -> Result<()> {
    let words = "<script>evil</script>";
    for error in [words, "access_denied"] {
        let (client, callback) = on_the_way_back(target).await?;
        let said = [("code", ""), ("error", error), ("error_description", words)];
        let reply = client.come_back_to_a_page(&with(&callback, &said)).await?;
        ensure!(!reply.location()?.contains("evil"), "{}", reply.location()?);
        ensure!(!reply.text().contains("evil"), "{reply}");
        client.profile().await?.unauthenticated()?;
    }
    Ok(())
}

async fn a_flow_cookie_opens_nothing_else(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let flow = ada
        .client
        .credential()
        .flow
        .context("no flow cookie")?
        .value;
    let stranger = target.client().await?;
    let [session, refresh] = ["session", "refresh"].map(|name| target.cookie_name(name));
    for (name, value) in [
        ("cookie", format!("{session}={flow}")),
        ("cookie", format!("{refresh}={flow}")),
        ("authorization", format!("Bearer {flow}")),
    ] {
        for (method, path) in [
            (reqwest::Method::GET, "/profile"),
            (reqwest::Method::POST, "/refresh"),
        ] {
            let call = stranger.call(method, path).header(name, &value);
            call.send().await?.unauthenticated()?;
        }
    }
    Ok(())
}

async fn a_callback_by_post_needs_a_form(target: &Target) -> Result<()> {
    let (client, callback) = on_the_way_back(target).await?;
    let path = format!("^{}?{}", callback.path(), callback.query().unwrap_or(""));
    let call = client.call(reqwest::Method::POST, &path);
    call.send().await?.refused(415, "unsupported_media_type")?;
    client.land(&client.come_back(&callback).await?).await
}
