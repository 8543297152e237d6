//! Listing and revoking devices.

use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::case::cases;
use crate::client::{Client, Reply};
use crate::compare::same_answer;
use crate::shape;
use crate::target::{Account, Target};

cases! { "sessions":
    the_list_shows_every_device_and_marks_this_one,
    a_device_is_shown_with_its_agent_and_address [Addresses],
    a_forwarded_address_is_not_believed [Addresses],
    a_long_or_strange_agent_is_tamed,
    revoking_one_device_signs_it_out_and_no_other,
    revoking_the_current_device_signs_it_out,
    what_is_not_mine_cannot_be_told_from_what_is_not,
    revoking_the_others_leaves_this_device,
    the_oldest_device_makes_room_for_a_new_one,
    a_list_is_nobodys_without_a_credential,
}

/// The most devices of one person.
const MOST: usize = 20;

fn devices(listed: &Reply) -> Result<&Vec<Value>> {
    listed.json()["sessions"]
        .as_array()
        .with_context(|| format!("{listed} lists nothing"))
}

async fn list(client: &Client) -> Result<Reply> {
    client.sessions().await?.ok()
}

/// A person with `n` devices; the first one is the account's own.
async fn with_devices(target: &Target, n: usize) -> Result<(Account, Vec<Account>)> {
    let ada = target.signed_up("ada").await?;
    let mut others = vec![];
    for _ in 1..n {
        others.push(target.signed_in(ada.person.clone()).await?);
    }
    Ok((ada, others))
}

async fn the_list_shows_every_device_and_marks_this_one(target: &Target) -> Result<()> {
    let (ada, others) = with_devices(target, 3).await?;
    let listed = list(&ada.client).await?;
    ensure!(
        listed.json().as_object().is_some_and(|o| o.len() == 1),
        "{listed}"
    );
    for device in devices(&listed)? {
        shape::session(device)?;
        ensure!(
            device["current"] == (device["id"] == ada.session),
            "{listed}"
        );
    }
    let shown: Vec<_> = devices(&listed)?
        .iter()
        .map(|device| &device["id"])
        .collect();
    ensure!(shown.len() == 3 && others.iter().all(|o| shown.contains(&&json!(o.session))));
    Ok(())
}

/// Signs a new person in on a device that calls itself `agent`, perhaps with one more
/// header, and gives the device with its entry in the list.
async fn entry(
    target: &Target,
    agent: &str,
    header: Option<(&str, &str)>,
) -> Result<(Client, Value)> {
    let ada = target.signed_up("ada").await?;
    let device = target.client().await?.named(agent);
    let call = device
        .call(reqwest::Method::POST, "/login")
        .json(&ada.person.login());
    let call = header
        .into_iter()
        .fold(call, |call, (name, value)| call.header(name, value));
    call.send().await?.ok()?;
    let listed = list(&device).await?;
    let mut current = devices(&listed)?
        .iter()
        .filter(|entry| entry["current"] == true);
    let current = current
        .next()
        .cloned()
        .with_context(|| format!("{listed}"))?;
    Ok((device, current))
}

async fn a_device_is_shown_with_its_agent_and_address(target: &Target) -> Result<()> {
    let agent = "Mozilla/5.0 (Ada's engine)";
    let (device, shown) = entry(target, agent, None).await?;
    let source = device.source().context("no address")?.to_string();
    ensure!(
        shown["user_agent"] == agent && shown["ip"] == source,
        "{shown} from {source}"
    );
    Ok(())
}

async fn a_forwarded_address_is_not_believed(target: &Target) -> Result<()> {
    for header in [
        ("x-forwarded-for", "203.0.113.9"),
        ("forwarded", "for=203.0.113.9"),
        ("x-real-ip", "203.0.113.9"),
        ("cf-connecting-ip", "203.0.113.9"),
    ] {
        let (device, shown) = entry(target, "agent", Some(header)).await?;
        let source = device.source().context("no address")?.to_string();
        ensure!(shown["ip"] == source, "{header:?} made it {shown}");
    }
    Ok(())
}

async fn a_long_or_strange_agent_is_tamed(target: &Target) -> Result<()> {
    let long = "x".repeat(4000);
    let (_, shown) = entry(target, &long, None).await?;
    let kept = shown["user_agent"].as_str().unwrap_or_default();
    ensure!(
        kept.len() <= 512 && long.starts_with(kept),
        "kept {} characters",
        kept.len()
    );
    entry(target, "<script>\t'\"--", None).await?;
    Ok(())
}

async fn revoking_one_device_signs_it_out_and_no_other(target: &Target) -> Result<()> {
    let (ada, others) = with_devices(target, 3).await?;
    let [phone, tablet] = &others[..] else {
        anyhow::bail!("not three devices")
    };
    ada.client.revoke(&phone.session).await?.ok()?;
    target.signed_out(&phone.client).await?;
    target.still_in(&tablet.client).await?;
    let listed = list(&ada.client).await?;
    ensure!(
        devices(&listed)?
            .iter()
            .all(|device| device["id"] != phone.session),
        "{listed}"
    );
    ada.client
        .revoke(&phone.session)
        .await?
        .refused(404, "not_found")?;
    Ok(())
}

async fn revoking_the_current_device_signs_it_out(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let copy = ada.client.copy();
    ada.client.revoke(&ada.session).await?.ok()?;
    target.signed_out(&copy).await
}

async fn what_is_not_mine_cannot_be_told_from_what_is_not(target: &Target) -> Result<()> {
    let (ada, bob) = (
        target.signed_up("ada").await?,
        target.signed_up("bob").await?,
    );
    let foreign = ada
        .client
        .revoke(&bob.session)
        .await?
        .refused(404, "not_found")?;
    let unknown = Uuid::now_v7().to_string();
    let loud = bob.session.to_uppercase();
    for id in [&unknown, &loud, &ada.id, "garbage", "0", "%00", "null"] {
        same_answer(&foreign, &ada.client.revoke(id).await?)?;
    }
    target.still_in(&bob.client).await
}

async fn revoking_the_others_leaves_this_device(target: &Target) -> Result<()> {
    let (ada, others) = with_devices(target, 4).await?;
    let stranger = target.signed_up("bob").await?;
    ada.client
        .revoke_others()
        .await?
        .says(&json!({"revoked": 3}))?;
    for other in &others {
        target.signed_out(&other.client).await?;
    }
    target.still_in(&ada.client).await?;
    target.still_in(&stranger.client).await?;
    ada.client
        .revoke_others()
        .await?
        .says(&json!({"revoked": 0}))?;
    Ok(())
}

async fn the_oldest_device_makes_room_for_a_new_one(target: &Target) -> Result<()> {
    let (oldest, others) = with_devices(target, MOST).await?;
    target.still_in(&oldest.client).await?;
    let newest = target.signed_in(oldest.person.clone()).await?;
    target.signed_out(&oldest.client).await?;
    try_join_all(others.iter().map(|other| target.still_in(&other.client))).await?;
    let listed = list(&newest.client).await?;
    ensure!(
        devices(&listed)?.len() == MOST,
        "{} devices",
        devices(&listed)?.len()
    );
    Ok(())
}

async fn a_list_is_nobodys_without_a_credential(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let stranger = target.client().await?;
    stranger.sessions().await?.unauthenticated()?;
    stranger.revoke(&ada.session).await?.unauthenticated()?;
    stranger.revoke_others().await?.unauthenticated()?;
    target.still_in(&ada.client).await
}
