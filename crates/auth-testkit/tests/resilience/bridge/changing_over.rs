//! Who changes over, and what becomes of the session.

use std::time::Duration;

use anyhow::{Result, ensure};
use auth_testkit::Client;
use auth_testkit::account::{Person, new_password};
use auth_testkit::mailbox::Inbox;
use auth_testkit::process::Launch;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::sleep;

use super::{
    Both, WAYS, WINDOW, Way, change_over, invitation, jwt, session, session_of, transport,
};
use crate::deployment::{Deployment, eventually};
use crate::on;

on! {
    whoever_can_keep_another_credential_gets_one_in_the_same_session: session_on_sqlite, session_on_services;
    whoever_can_not_goes_on_as_before: session_on_sqlite, session_on_services;
    a_lost_answer_is_given_again_by_either_server: session_on_sqlite, session_on_services;
    a_stolen_credential_ends_the_session_when_it_comes_too_late: session_on_sqlite;
    what_is_ended_is_ended_for_both_kinds: session_on_sqlite, session_on_services;
    a_retry_that_asks_for_more_gets_what_was_handed_out: session_on_sqlite, session_on_services;
    who_confirms_by_a_cookie_keeps_a_cookie: session_on_sqlite;
    a_percentage_and_an_end_are_kept_to: session_on_sqlite;
    a_killed_server_loses_nobody_on_the_way: session_on_sqlite, session_on_services;
}

async fn whoever_can_keep_another_credential_gets_one_in_the_same_session(
    on: Deployment,
) -> Result<()> {
    let both = Both::on(&on).await?;
    for way in WAYS {
        let account = both.signed_up(&on, way).await?;
        let old = account.client.credential();
        let page = both.page(old.clone(), both.kept(way))?;
        for _ in 0..2 {
            let profile = page.profile().await?.ok()?;
            ensure!(invitation(&profile).as_deref() == Some(transport(way)));
        }
        let before = session_of(&page).await?;
        let grant = change_over(&page, way).await?.ok()?;
        ensure!(grant.json()["access_token"].is_string() == (way == Way::ToTokens));
        ensure!(grant.string("/session/id")? == account.session);
        // What the new one replaces is taken from the browser.
        let cookies = page.credential().cookies;
        ensure!(cookies.is_empty() == (way == Way::ToTokens), "{cookies:?}");
        let page = both.settled(&page, way)?;
        for server in [both.kept(way), both.left(way)] {
            let page = page.at(&server.url()?);
            let profile = page.profile().await?.ok()?;
            // Each server would rather have its own kind.
            let own = server.url()? == both.kept(way).url()?;
            ensure!(invitation(&profile).is_none() == own, "{profile}");
        }
        let after = session_of(&page).await?;
        for same in ["id", "created_at", "ip", "user_agent"] {
            ensure!(before[same] == after[same], "{before} {after}");
        }
        if way == Way::ToTokens {
            let left = both.page(old, both.kept(way))?.profile().await?;
            left.unauthenticated()?;
        }
    }
    Ok(())
}

async fn whoever_can_not_goes_on_as_before(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    for way in WAYS {
        let account = both.signed_up(&on, way).await?;
        let page = both.page(account.client.credential(), both.kept(way))?;
        page.profile().await?.ok()?;
        let grant = page.refresh().await?.ok()?;
        let has_token = grant.json()["access_token"].is_string();
        ensure!(has_token == (way == Way::ToSession), "{grant}");
        ensure!(grant.string("/session/id")? == account.session);
        let (old, new) = (&account.person.password, new_password());
        let changed = page.change_password(old, &new).await?.ok()?;
        let has_token = changed.json()["access_token"].is_string();
        ensure!(has_token == (way == Way::ToSession), "{changed}");
        page.at(&both.left(way).url()?).profile().await?.ok()?;
        page.refresh().await?.ok()?;
        page.logout().await?.ok()?;
        page.copy().profile().await?.unauthenticated()?;
    }
    Ok(())
}

async fn a_lost_answer_is_given_again_by_either_server(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    for way in WAYS {
        let account = both.signed_up(&on, way).await?;
        let page = both.page(account.client.credential(), both.kept(way))?;
        let tabs = [page.copy(), page.copy(), page.copy()];
        let asked = tabs.iter().map(|tab| change_over(tab, way));
        for answer in futures_util::future::join_all(asked).await {
            answer?.ok()?;
        }
        // The old server knows what the old credential was exchanged for.
        let again = page.copy().at(&both.left(way).url()?);
        change_over(&again, way).await?.ok()?;
        for tab in tabs.iter().chain([&again]) {
            tab.profile().await?.ok()?;
        }
        let secrets = |client: &Client| {
            let credential = client.credential();
            let kept = credential.cookies.iter().map(|cookie| cookie.value.clone());
            kept.chain(credential.refresh).collect::<Vec<_>>()
        };
        ensure!(tabs.iter().all(|tab| secrets(tab) == secrets(&again)));
    }
    Ok(())
}

async fn a_stolen_credential_ends_the_session_when_it_comes_too_late(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    for way in WAYS {
        let account = both.signed_up(&on, way).await?;
        let page = both.page(account.client.credential(), both.kept(way))?;
        let thief = page.copy();
        change_over(&page, way).await?.ok()?;
        let page = both.settled(&page, way)?;
        page.refresh().await?.ok()?;
        page.profile().await?.ok()?;
        sleep(WINDOW).await;
        change_over(&thief, way).await?.unauthenticated()?;
        page.profile().await?.unauthenticated()?;
    }
    Ok(())
}

async fn what_is_ended_is_ended_for_both_kinds(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    for way in WAYS {
        for changed in [false, true] {
            for at in [both.left(way), both.kept(way)] {
                let account = both.signed_up(&on, way).await?;
                let page = both.page(account.client.credential(), both.kept(way))?;
                let old = page.copy();
                page.profile().await?.ok()?;
                if changed {
                    change_over(&page, way).await?.ok()?;
                    page.profile().await?.ok()?;
                }
                page.copy().at(&at.url()?).logout().await?.ok()?;
                for client in [&page, &old] {
                    for server in [both.left(way), both.kept(way)] {
                        let client = client.copy().at(&server.url()?);
                        client.profile().await?.unauthenticated()?;
                        change_over(&client, way).await?.unauthenticated()?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// The first answer was lost, or another tab had it.
async fn a_retry_that_asks_for_more_gets_what_was_handed_out(on: Deployment) -> Result<()> {
    let both = Both::on(&on).await?;
    for way in WAYS {
        for asked_at in [both.left(way), both.kept(way)] {
            let account = both.signed_up(&on, way).await?;
            let page = both.page(account.client.credential(), both.kept(way))?;
            let tab = page.copy().at(&asked_at.url()?);
            tab.refresh().await?.ok()?;
            let again = change_over(&page, way).await?.ok()?;
            let has_token = again.json()["access_token"].is_string();
            ensure!(has_token == (way == Way::ToSession), "{again}");
            // Both have the same, which goes on.
            for client in [&tab, &page] {
                client.profile().await?.ok()?;
            }
            change_over(&page, way).await?.ok()?;
            let page = both.settled(&page, way)?;
            page.profile().await?.ok()?;
            page.refresh().await?.ok()?;
            page.profile().await?.ok()?;
        }
    }
    Ok(())
}

async fn who_confirms_by_a_cookie_keeps_a_cookie(on: Deployment) -> Result<()> {
    let optional = |launch: Launch| launch.flag("--verification", "optional");
    let both = Both::start(optional(session(&on)), optional(jwt(&on))).await?;
    let (target, person) = (on.target(&both.session), Person::new("ada"));
    let mut inbox = Inbox::open(&*target.mailbox, &person.email).await?;
    let client = both.session.client().await?;
    client.register(&person).await?;
    client
        .login(&person.username, &person.password)
        .await?
        .ok()?;
    let token = inbox.token().await?;
    let page = both.page(client.credential(), &both.jwt)?;
    let grant = page.verify(&token).await?.ok()?;
    ensure!(grant.json()["access_token"].is_null(), "{grant}");
    page.profile().await?.ok()?;
    Ok(())
}

async fn a_percentage_and_an_end_are_kept_to(on: Deployment) -> Result<()> {
    let nobody = jwt(&on).flag("--bridge-percent", "0");
    let both = Both::start(session(&on), nobody).await?;
    let account = both.signed_up(&on, Way::ToTokens).await?;
    let page = both.page(account.client.credential(), &both.jwt)?;
    ensure!(invitation(&page.profile().await?.ok()?).is_none());
    let grant = change_over(&page, Way::ToTokens).await?.ok()?;
    ensure!(grant.json()["access_token"].is_null(), "{grant}");
    let strategy = both.bearer.get("/strategy").await?.ok()?;
    let bridge = json!({ "accepts": ["session"], "percent": 0 });
    ensure!(strategy.json()["bridge"] == bridge, "{strategy}");

    let soon = OffsetDateTime::now_utc() + Duration::from_secs(2);
    let until = jwt(&on).flag("--bridge-until", soon.format(&Rfc3339)?);
    let both = Both::start(session(&on), until).await?;
    let page = both.page(page.credential(), &both.jwt)?;
    page.profile().await?.ok()?;
    // Also what is kept is not believed for longer.
    eventually("the end of the bridge", async || {
        page.profile().await.unwrap().status == 401
    })
    .await;
    change_over(&page, Way::ToTokens).await?.unauthenticated()?;
    page.at(&both.session.url()?).profile().await?.ok()?;
    Ok(())
}

async fn a_killed_server_loses_nobody_on_the_way(on: Deployment) -> Result<()> {
    let mut both = Both::on(&on).await?;
    for way in WAYS {
        let mut pages = vec![];
        for _ in 0..6 {
            let account = both.signed_up(&on, way).await?;
            pages.push(both.page(account.client.credential(), both.kept(way))?);
        }
        for (n, page) in pages.iter().enumerate() {
            let lost = page.copy();
            let asked = tokio::spawn(async move { change_over(&lost, way).await.is_ok() });
            sleep(Duration::from_millis(n as u64)).await;
            let server = match way {
                Way::ToTokens => &mut both.jwt,
                Way::ToSession => &mut both.session,
            };
            server.kill();
            let _ = asked.await?;
            server.restart().await?;
            change_over(page, way).await?.ok()?;
            page.profile().await?.ok()?;
        }
    }
    Ok(())
}
