//! What happened to an account, as its owner sees it.

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::case::cases;
use crate::client::{Client, Reply};
use crate::shape;
use crate::target::Target;

cases! { "history":
    the_history_tells_what_happened_the_latest_first,
    a_sign_in_that_failed_is_told_to_the_owner,
    a_history_comes_in_pages,
    a_history_is_its_owners_alone,
}

async fn history(client: &Client, query: &str) -> Result<Reply> {
    client.security_events(query).await?.ok()
}

fn events(listed: &Reply) -> Vec<Value> {
    listed.json()["events"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

fn names(listed: &Reply) -> Vec<String> {
    let names = events(listed).into_iter();
    names
        .filter_map(|event| Some(event["event"].as_str()?.to_owned()))
        .collect()
}

async fn the_history_tells_what_happened_the_latest_first(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let client = &ada.client;
    let patch = serde_json::json!({ "first_name": "Augusta" });
    client.patch_profile(&patch).await?.ok()?;
    let listed = history(client, "").await?;
    for event in events(&listed) {
        shape::security_event(&event)?;
    }
    let names = names(&listed);
    ensure!(names[0] == "profile_changed", "{listed}");
    ensure!(names.iter().any(|name| name == "registered"), "{listed}");
    let [changed, ..] = &events(&listed)[..] else {
        anyhow::bail!("{listed}");
    };
    ensure!(
        changed["by"] == "you" && changed["outcome"] == "success",
        "{listed}"
    );
    ensure!(
        changed["ip"].is_string() && changed["session_id"] == ada.session,
        "{listed}"
    );
    Ok(())
}

async fn a_sign_in_that_failed_is_told_to_the_owner(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let stranger = target.client().await?;
    let refused = stranger
        .login(&ada.person.username, "not the password")
        .await?;
    refused.refused(401, "invalid_credentials")?;
    let listed = history(&ada.client, "?limit=1").await?;
    let latest = &events(&listed)[0];
    ensure!(latest["event"] == "sign_in_failed", "{listed}");
    ensure!(
        latest["outcome"] == "failure" && latest["by"] == "unknown",
        "{listed}"
    );
    Ok(())
}

async fn a_history_comes_in_pages(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let whole = history(&ada.client, "?limit=100").await?;
    ensure!(whole.json().get("next").is_none(), "{whole}");
    let mut read = vec![];
    let mut query = "?limit=1".to_owned();
    loop {
        let page = history(&ada.client, &query).await?;
        read.extend(events(&page));
        match page.json()["next"].as_str() {
            Some(next) => query = format!("?limit=1&before={next}"),
            None => break,
        }
    }
    ensure!(read == events(&whole) && read.len() > 1, "{whole}");
    for wrong in ["?limit=0", "?limit=101", "?before=x"] {
        let refused = ada.client.security_events(wrong).await?;
        refused.refused(422, "validation_failed")?;
    }
    Ok(())
}

async fn a_history_is_its_owners_alone(target: &Target) -> Result<()> {
    let stranger = target.client().await?;
    stranger.security_events("").await?.unauthenticated()?;
    let ada = target.signed_up("ada").await?;
    let bob = target.signed_up("bob").await?;
    let theirs = events(&history(&ada.client, "").await?);
    let ours = events(&history(&bob.client, "").await?);
    ensure!(!ours.is_empty() && !theirs.is_empty());
    ensure!(ours.iter().all(|event| !theirs.contains(event)), "{ours:?}");
    Ok(())
}
