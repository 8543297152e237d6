//! Receivers that fail, lie, or are gone.

use anyhow::{Result, ensure};
use diesel::SqliteConnection;
use diesel::connection::{Connection as _, SimpleConnection as _};
use reqwest::Method;
use serde_json::json;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use tokio::time::Instant;

use super::{change, told};
use crate::admin::{Scene, ask, get};
use crate::deployment::{Deployment, eventually};
use crate::on;
use crate::receiver::{Manner, Receiver};

on! {
    receivers_that_hang_or_lie_hold_nobody_up: session_on_sqlite, jwt_on_services;
    what_fails_is_tried_again_with_the_same_bytes: session_on_sqlite;
    a_busy_receiver_says_when_to_come_back: session_on_sqlite;
    who_is_gone_is_called_no_more_and_catches_up_later: session_on_sqlite;
    who_fails_for_days_is_called_no_more: session_on_sqlite;
}

async fn receivers_that_hang_or_lie_hold_nobody_up(on: Deployment) -> Result<()> {
    let server = on.start().await;
    let ada = on.target(&server).signed_up("ada").await?;
    let elsewhere = Receiver::start(Manner::ok()).await;
    let redirect = format!("location: {}", elsewhere.url);
    let manners = [
        Manner::Hangs,
        Manner::Babbles,
        Manner::with_header("307 Temporary Redirect", &redirect),
        Manner::status("200 OK", "}{ no JSON"),
        Manner::Answers("no HTTP at all".to_owned()),
        Manner::status("500 Internal Server Error", "x"),
    ];
    let good = Receiver::start(Manner::ok()).await;
    let (mut bad, mut made) = (vec![], vec![]);
    for manner in manners {
        let receiver = Receiver::start(manner).await;
        made.push(on.told(&receiver, "*").await?);
        bad.push(receiver);
    }
    let served = on.told(&good, "profile_changed").await?;
    // More than all of them take at once.
    let names: Vec<_> = ('a'..='z').map(|letter| format!("Ada {letter}")).collect();
    let began = Instant::now();
    for name in &names {
        change(&ada, name).await?;
        let again = server.client().await?;
        let (name, password) = (&ada.person.username, &ada.person.password);
        again.login(name, password).await?.ok()?;
        again.logout().await?.ok()?;
    }
    ensure!(began.elapsed().as_secs() < 30, "{:?}", began.elapsed());
    eventually("all of it at the good one", async || {
        good.calls().len() == names.len()
    })
    .await;
    eventually("calls to all others", async || {
        bad.iter().all(|receiver| !receiver.calls().is_empty())
    })
    .await;
    ensure!(told(&good.calls())?.len() == names.len());
    eventually("the record of them", async || {
        on.in_state(&served, "delivered").await == names.len()
    })
    .await;
    ensure!(elsewhere.calls().is_empty(), "a redirect was followed");
    // Whoever says 200 has it, whatever else is said.
    eventually("what babbles and what says nothing sensible", async || {
        on.in_state(&made[1], "delivered").await > 0 && on.in_state(&made[3], "delivered").await > 0
    })
    .await;
    for refused in [2, 4, 5] {
        ensure!(on.in_state(&made[refused], "delivered").await == 0);
    }
    let memory = server.memory()?;
    ensure!(memory < 400 << 20, "{memory} bytes");
    Ok(())
}

async fn what_fails_is_tried_again_with_the_same_bytes(on: Deployment) -> Result<()> {
    let server = on.start().await;
    let ada = on.target(&server).signed_up("ada").await?;
    let receiver = Receiver::start(Manner::status("500 Internal Server Error", "")).await;
    let made = on.told(&receiver, "profile_changed").await?;
    change(&ada, "Augusta").await?;
    eventually("a try", async || receiver.calls().len() == 1).await;
    eventually("the record of it", async || {
        on.deliveries(&made).await.unwrap()[0]["attempts"] == 1
    })
    .await;
    let failed = on.deliveries(&made).await?.remove(0);
    ensure!(failed["state"] == "pending" && failed["last_status"] == 500);
    receiver.be(Manner::ok());
    eventually("another try", async || receiver.calls().len() == 2).await;
    ensure!(told(&receiver.calls())?.len() == 1);
    eventually("the record of it", async || {
        on.in_state(&made, "delivered").await == 1
    })
    .await;
    let done = on.deliveries(&made).await?.remove(0);
    ensure!(
        done["attempts"] == 2 && done["id"] == failed["id"],
        "{done}"
    );
    Ok(())
}

async fn who_is_gone_is_called_no_more_and_catches_up_later(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let program = scene.key(&["webhooks:write"]).await?;
    let ada = scene.target.signed_up("ada").await?;
    let receiver = Receiver::start(Manner::status("410 Gone", "")).await;
    let observer = Receiver::start(Manner::ok()).await;
    let made = scene.on.told(&receiver, "profile_changed").await?;
    scene.on.told(&observer, "webhook_disabled").await?;
    change(&ada, "Augusta").await?;
    eventually("word of it", async || observer.calls().len() == 1).await;
    let told_of = observer.calls().remove(0).json();
    let expected = json!({ "webhook": made.id, "why": "gone" });
    ensure!(told_of["data"]["details"] == expected, "{told_of}");
    let at = format!("/webhooks/{}", made.id);
    let shown = get(&program, &at).await?.ok()?;
    ensure!(
        shown.json()["webhook"]["disabled_reason"] == "gone",
        "{shown}"
    );
    change(&ada, "Ada").await?;
    ensure!(receiver.calls().len() == 1);

    receiver.be(Manner::ok());
    let enable = json!({ "enabled": true });
    ask(&program, Method::PATCH, &at, Some(&enable))
        .await?
        .ok()?;
    let queued = scene.on.webhook(&["replay", &made.id]).await?;
    ensure!(queued["queued"] == 1, "{queued}");
    eventually("what it has missed", async || receiver.calls().len() == 2).await;
    ensure!(told(&receiver.calls())?.len() == 1);
    Ok(())
}

async fn a_busy_receiver_says_when_to_come_back(on: Deployment) -> Result<()> {
    let server = on.start().await;
    let ada = on.target(&server).signed_up("ada").await?;
    let busy = Manner::with_header("503 Service Unavailable", "retry-after: 7200");
    let receiver = Receiver::start(busy).await;
    let made = on.told(&receiver, "profile_changed").await?;
    change(&ada, "Augusta").await?;
    eventually("the record of a try", async || {
        on.deliveries(&made).await.unwrap()[0]["attempts"] == 1
    })
    .await;
    let failed = on.deliveries(&made).await?.remove(0);
    ensure!(failed["last_status"] == 503, "{failed}");
    let due = failed["due_at"].as_str().unwrap_or_default();
    let ahead = OffsetDateTime::parse(due, &Rfc3339)? - OffsetDateTime::now_utc();
    let hours = Duration::hours(1)..=Duration::hours(2);
    ensure!(hours.contains(&ahead), "{failed}");
    Ok(())
}

async fn who_fails_for_days_is_called_no_more(on: Deployment) -> Result<()> {
    let server = on.start().await;
    let ada = on.target(&server).signed_up("ada").await?;
    let receiver = Receiver::start(Manner::status("500 Internal Server Error", "")).await;
    let observer = Receiver::start(Manner::ok()).await;
    let made = on.told(&receiver, "profile_changed").await?;
    on.told(&observer, "webhook_disabled").await?;
    change(&ada, "Augusta").await?;
    eventually("the record of a try", async || {
        on.deliveries(&made).await.unwrap()[0]["attempts"] == 1
    })
    .await;
    // As if that had been five days ago.
    let mut store = SqliteConnection::establish(&on.sqlite_file().to_string_lossy())?;
    store.batch_execute("PRAGMA busy_timeout = 10000")?;
    store.batch_execute(
        "UPDATE webhook_endpoints SET failing_since = failing_since - 5 * 86400000",
    )?;
    // A try that failed is not the last one: the next change is tried as well.
    for name in ["Ada", "Countess"] {
        change(&ada, name).await?;
        eventually("the record of another", async || {
            on.deliveries(&made).await.unwrap()[0]["attempts"] == 1
        })
        .await;
    }
    ensure!(observer.calls().is_empty());
    store.batch_execute(
        "UPDATE webhook_deliveries SET attempts = 9, due_at = 0
         WHERE state = 'pending' AND event = 'profile_changed'",
    )?;
    eventually("word of it", async || observer.calls().len() == 1).await;
    let told_of = observer.calls().remove(0).json();
    let expected = json!({ "webhook": made.id, "why": "failing" });
    ensure!(told_of["data"]["details"] == expected, "{told_of}");
    let deliveries = on.deliveries(&made).await?.len();
    change(&ada, "Byron").await?;
    ensure!(on.deliveries(&made).await?.len() == deliveries);
    Ok(())
}
