//! What people do with an account that a provider knows.

use std::time::Duration;

use anyhow::Result;
use auth_testkit::account::Person;
use serde_json::json;
use tokio::time::sleep;

use crate::browser::{Page, person};
use crate::on;
use crate::provider::ID;
use crate::scene::{ORIGIN, Scene, Stage};

on! {
    an_account_without_a_password_is_deleted_after_a_fresh_login: session, jwt;
    a_session_that_the_provider_remembers_is_no_fresh_login: session, jwt;
    an_account_with_a_password_takes_an_identity_when_its_owner_asks: session, jwt;
}

/// How long a sign-in counts as fresh.
const FRESH: Duration = Duration::from_secs(6);

/// Then it does not, also by the provider's clock, which counts whole seconds.
const STALE: Duration = Duration::from_secs(7);

/// A server to which a sign-in is soon no longer fresh.
async fn impatient(scene: &Scene) -> Result<Stage> {
    let launch = scene.launch(&scene.provider.register(ORIGIN).await?)?;
    let fresh = format!("{}s", FRESH.as_secs());
    scene
        .start_with(launch.flag("--reauth-within", fresh))
        .await
}

async fn an_account_without_a_password_is_deleted_after_a_fresh_login(scene: Scene) -> Result<()> {
    let stage = impatient(&scene).await?;
    let (browser, ada) = (stage.browser().await?, person("ada"));
    browser.sign_in(ada).await?;
    let account = browser.account().await?;
    sleep(STALE).await;
    let refused = browser.client.delete_profile(None).await?;
    refused.refused(403, "reauth_required")?;

    let pages = browser.sign_in_by("?prompt=login", ada).await?;
    assert_eq!(pages.first(), Some(&Page::Login));
    assert_eq!(browser.account().await?, account);
    let deleted = browser.client.delete_profile(None).await?;
    deleted.says(&json!({"status": "deleted"}))?;
    browser.client.profile().await?.unauthenticated()?;
    assert_eq!(scene.accounts().await?, 0);

    browser.sign_in(ada).await?;
    assert_ne!(browser.account().await?, account);
    Ok(())
}

async fn a_session_that_the_provider_remembers_is_no_fresh_login(scene: Scene) -> Result<()> {
    let stage = impatient(&scene).await?;
    let (browser, ada) = (stage.browser().await?, person("ada"));
    browser.sign_in(ada).await?;
    sleep(STALE).await;
    assert_eq!(browser.sign_in(ada).await?, []);
    let refused = browser.client.delete_profile(None).await?;
    refused.refused(403, "reauth_required")?;
    Ok(())
}

async fn an_account_with_a_password_takes_an_identity_when_its_owner_asks(
    scene: Scene,
) -> Result<()> {
    let stage = scene.start().await?;
    let owner = Person {
        email: "ada@example.net".into(),
        ..Person::new("ada")
    };
    stage.target.confirmed_by_mail(&owner).await?;
    let (browser, ada) = (stage.browser().await?, person("ada"));
    browser.through(ada).await?.refused(409, "link_required")?;

    let client = &browser.client;
    client.login(&owner.username, &owner.password).await?.ok()?;
    let account = browser.account().await?;
    let asked = client.ask_to_link(ID, &json!({"return_to": "/me"})).await?;
    let visit = browser.follow(&asked.ok()?.string("/url")?, ada).await?;
    let linked = client.come_back(&visit.back).await?;
    assert_eq!(linked.location()?, "/me");
    assert_eq!(client.identities().await?.len(), 1);

    let phone = stage.browser().await?;
    phone.sign_in(ada).await?;
    assert_eq!(phone.account().await?, account);
    let profile = phone.client.profile().await?;
    assert_eq!(profile.json()["has_password"], true);
    client.login(&owner.username, &owner.password).await?.ok()?;
    Ok(())
}
