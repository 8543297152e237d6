//! Sign-in through providers: what stays secret, and what nodes share.

use anyhow::{Context as _, Result};
use auth_testkit::account::Person;
use auth_testkit::process::ServerProcess;
use auth_testkit::provider::Misbehaviour;
use auth_testkit::{Client, Decision, Reply, Target};
use serde_json::json;
use url::Url;

use crate::deployment::Deployment;
use crate::logs::{assert_kept_secret, json_logger};
use crate::on;
use crate::tap::Tap;

on! {
    nothing_of_a_flow_is_logged_or_told: oauth_session_on_sqlite, oauth_jwt_on_sqlite;
    nodes_share_flows_and_codes:
        oauth_session_on_sqlite, oauth_session_on_services, oauth_jwt_on_services;
    a_restart_loses_no_flow: oauth_session_on_sqlite, oauth_jwt_on_sqlite;
    flows_from_one_address_are_limited: oauth_session_on_sqlite, oauth_jwt_on_services;
}

async fn nothing_of_a_flow_is_logged_or_told(on: Deployment) -> Result<()> {
    let tap = Tap::default();
    let on = on.tapped(&tap);
    let mut server = json_logger(&on).await?;
    let target = on.target(&server);
    let mut secrets = a_life(&target).await?;
    let (failures, failed) = failures(&target).await?;
    server.terminate().await?;

    let providers = target.providers()?.all();
    secrets.extend(providers.map(|provider| provider.secret().to_owned()));
    secrets.extend(failed);
    secrets.extend(overheard(&tap));
    assert_kept_secret(&server, &secrets);
    for reply in failures {
        // Where a sign-in went well, the cookie is where it belongs.
        let mut headers = reply.headers.clone();
        headers.remove("set-cookie");
        let told = format!("{headers:?} {}", reply.text());
        let shown = secrets.iter().find(|secret| told.contains(*secret));
        assert_eq!(shown, None, "{reply}");
    }
    Ok(())
}

/// What server and providers told each other in confidence.
fn overheard(tap: &Tap) -> Vec<String> {
    [
        ("code_verifier=", &['&', ' ', '\r'][..]),
        ("uthorization: Basic ", &['\r']),
        ("\"access_token\":\"", &['"']),
        ("\"id_token\":\"", &['"']),
        ("code_challenge=", &['&', ' ', '\r']),
    ]
    .into_iter()
    .flat_map(|(before, end)| {
        let mut values = tap.values(before, end);
        assert!(!values.is_empty(), "nobody said {before:?}");
        if before == "code_challenge=" {
            // It is no secret; that it was heard shows that the tap works.
            values.clear();
        }
        values
    })
    .collect()
}

fn parameters(url: &Url, wanted: &[&str]) -> Vec<String> {
    let pairs = url.query_pairs();
    let wanted = pairs.filter(|(name, _)| wanted.contains(&name.as_ref()));
    wanted.map(|(_, value)| value.into_owned()).collect()
}

/// Everything secret that a browser holds.
fn held(client: &Client) -> Vec<String> {
    let credential = client.credential();
    let flow = credential.flow.iter().map(|cookie| cookie.value.clone());
    flow.chain(credential.secrets().map(str::to_owned))
        .collect()
}

/// Signs up, links, signs in again, unlinks; gives every secret that came up.
async fn a_life(target: &Target) -> Result<Vec<String>> {
    let (client, providers) = (target.client().await?, target.providers()?);
    let (ada, work) = (Person::new("ada"), Person::new("work"));
    let mut secrets = vec![];
    for prompt in ["", "?prompt=login"] {
        let start = client.start("one", prompt).await?;
        let page: Url = start.location()?.parse()?;
        secrets.extend(parameters(&page, &["state", "nonce"]));
        let decision = Decision::of(&ada);
        let back = providers.one.decide(page.as_str(), &decision).await?;
        secrets.extend(parameters(&back, &["code", "state"]));
        let landed = client.come_back(&back).await?;
        secrets.extend(landed.in_fragment("code")?);
        client.land(&landed).await?;
        secrets.extend(held(&client));
    }
    let link = client.ask_to_link("two", &json!({})).await?.ok()?;
    let page: Url = link.string("/url")?.parse()?;
    secrets.extend(parameters(&page, &["state", "nonce"]));
    let decision = Decision::of(&work);
    let back = providers.two.decide(page.as_str(), &decision).await?;
    secrets.extend(parameters(&back, &["code", "state"]));
    client.come_back(&back).await?.is(303)?;
    let identities = client.identities().await?;
    let first = identities[0]["id"].as_str().context("no identity")?;
    client.unlink(first).await?.ok()?;
    client.logout().await?.ok()?;
    Ok(secrets)
}

/// All that can go wrong on the way back; the answers, and the secrets that came up.
async fn failures(target: &Target) -> Result<(Vec<Reply>, Vec<String>)> {
    let (client, providers) = (target.client().await?, target.providers()?);
    let (mut replies, mut secrets) = (vec![], vec![]);
    let quick = |so: &&Misbehaviour| **so != Misbehaviour::SlowToken;
    for so in Misbehaviour::ALL.iter().filter(quick) {
        let decision = Decision::of(&Person::new("eve")).misbehaving(*so);
        for provider in [&providers.one, &providers.two] {
            let back = client.visit(provider, &decision).await?;
            secrets.extend(parameters(&back, &["code", "state"]));
            let stranger = target.client().await?;
            replies.push(stranger.come_back(&back).await?);
            replies.push(client.come_back(&back).await?);
            replies.push(client.come_back_to_a_page(&back).await?);
            secrets.extend(held(&client));
        }
    }
    let misplaced = "m1splaced-secret";
    secrets.push(misplaced.to_owned());
    for path in [
        format!("/oauth/one/callback?code={misplaced}&state={misplaced}"),
        format!("/oauth/one/callback?error={misplaced}&state={misplaced}"),
        format!("/oauth/{misplaced}/callback?code=x"),
    ] {
        replies.push(client.get(&path).await?);
    }
    replies.push(client.exchange(misplaced).await?);
    // Where a sign-in went well, a one-time code belongs into the address.
    replies.retain(|reply| !matches!(reply.in_fragment("code"), Ok(Some(_))));
    Ok((replies, secrets))
}

/// Two nodes behind one public URL, on the same stores.
async fn two_nodes(on: &Deployment) -> Result<(ServerProcess, ServerProcess)> {
    let start = || ServerProcess::start(on.launch());
    tokio::try_join!(start(), start())
}

async fn nodes_share_flows_and_codes(on: Deployment) -> Result<()> {
    let (one, other) = two_nodes(&on).await?;
    let (target, there) = (on.target(&one), other.url()?);
    let here = target.client().await?;
    let decision = Decision::of(&Person::new("ada"));
    let back = here.visit(target.provider()?, &decision).await?;
    let at_the_other = here.at(&there);
    let landed = at_the_other.come_back(&back).await?;
    here.come_back(&back).await?.refused(400, "invalid_flow")?;
    let here = at_the_other.at(&one.url()?);
    let late = here.at(&there);
    here.land(&landed).await?;
    here.profile().await?.ok()?;
    here.at(&there).profile().await?.ok()?;
    if let Some(code) = landed.in_fragment("code")? {
        late.exchange(&code).await?.refused(400, "invalid_token")?;
    }
    Ok(())
}

async fn a_restart_loses_no_flow(on: Deployment) -> Result<()> {
    let mut server = on.start().await;
    let target = on.target(&server);
    let client = target.client().await?;
    let decision = Decision::of(&Person::new("ada"));
    let back = client.visit(target.provider()?, &decision).await?;
    server.restart().await?;
    let landed = client.come_back(&back).await?;
    server.restart().await?;
    client.land(&landed).await?;
    target.still_in(&client).await
}

async fn flows_from_one_address_are_limited(on: Deployment) -> Result<()> {
    let launch = on.launch().flag("--limits", "on");
    let launch = launch.flag("--limit-provider-flow-ip", "3/1h");
    let server = ServerProcess::start(launch).await?;
    let target = on.target(&server);
    let client = target.client().await?;
    for provider in ["one", "two", "one"] {
        client.start(provider, "").await?.is(303)?;
    }
    let limited = client.start("one", "").await?;
    limited.refused(429, "too_many_attempts")?;
    target.newcomer("bob").await?;
    Ok(())
}
