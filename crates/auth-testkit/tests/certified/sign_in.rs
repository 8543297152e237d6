//! Signing up and signing in.

use std::collections::BTreeSet;

use anyhow::Result;
use futures_util::future::try_join_all;
use serde_json::json;

use crate::browser::{Page, person};
use crate::on;
use crate::provider::ID;
use crate::scene::{ORIGIN, Scene};

on! {
    the_first_sign_in_makes_an_account_of_what_userinfo_tells: session, jwt;
    the_next_sign_in_is_to_the_same_account_without_a_login: session, jwt;
    another_browser_of_the_person_comes_to_the_same_account: session, jwt;
    people_who_come_at_once_come_to_accounts_of_their_own: session, jwt;
    a_public_client_needs_no_secret: session, jwt;
    a_sign_in_leaves_no_secret_in_the_log: session, jwt;
}

async fn the_first_sign_in_makes_an_account_of_what_userinfo_tells(scene: Scene) -> Result<()> {
    let stage = scene.start().await?;
    let browser = stage.browser().await?;
    let pages = browser.sign_in(person("ada")).await?;
    assert_eq!(pages, [Page::Login, Page::Consent]);

    let profile = browser.client.profile().await?.ok()?;
    let known = json!({
        "id": profile.string("/id")?,
        "created_at": profile.string("/created_at")?,
        "first_name": "Ada",
        "last_name": "Example",
        "username": "ada",
        "email": "ada@example.net",
        "email_verified": true,
        "has_password": false,
    });
    profile.says(&known)?;
    let identities = browser.client.identities().await?;
    assert_eq!(identities.len(), 1, "{identities:?}");
    assert_eq!(identities[0]["provider"], ID);
    assert_eq!(identities[0]["email"], "ada@example.net");
    Ok(())
}

async fn the_next_sign_in_is_to_the_same_account_without_a_login(scene: Scene) -> Result<()> {
    let stage = scene.start().await?;
    let browser = stage.browser().await?;
    browser.sign_in(person("ada")).await?;
    let account = browser.account().await?;
    browser.client.logout().await?.ok()?;
    browser.client.profile().await?.unauthenticated()?;

    let pages = browser.sign_in(person("ada")).await?;
    assert_eq!(pages, []);
    assert_eq!(browser.account().await?, account);
    assert_eq!(scene.accounts().await?, 1);
    Ok(())
}

async fn another_browser_of_the_person_comes_to_the_same_account(scene: Scene) -> Result<()> {
    let stage = scene.start().await?;
    let (desk, phone) = (stage.browser().await?, stage.browser().await?);
    desk.sign_in(person("ada")).await?;
    phone.sign_in(person("ada")).await?;
    assert_eq!(desk.account().await?, phone.account().await?);
    Ok(())
}

/// People who sign in at once.
const CROWD: usize = 20;

async fn people_who_come_at_once_come_to_accounts_of_their_own(scene: Scene) -> Result<()> {
    let stage = scene.start().await?;
    let arrivals = (0..CROWD).map(|n| {
        let stage = &stage;
        async move {
            let (browser, login) = (stage.browser().await?, format!("visitor{n}"));
            browser.sign_in(person(&login)).await?;
            let profile = browser.client.profile().await?.ok()?;
            assert_eq!(profile.string("/username")?, login);
            profile.string("/id")
        }
    });
    let accounts: BTreeSet<_> = try_join_all(arrivals).await?.into_iter().collect();
    assert_eq!(accounts.len(), CROWD);
    Ok(())
}

async fn a_public_client_needs_no_secret(scene: Scene) -> Result<()> {
    let registration = scene.provider.register_public(ORIGIN).await?;
    assert_eq!(registration.secret, None);
    let stage = scene.start_with(scene.launch(&registration)?).await?;
    let browser = stage.browser().await?;
    browser.sign_in(person("ada")).await?;
    browser.account().await?;
    Ok(())
}

async fn a_sign_in_leaves_no_secret_in_the_log(scene: Scene) -> Result<()> {
    let registration = scene.provider.register(ORIGIN).await?;
    let stage = scene.start_with(scene.talkative(&registration)?).await?;
    let browser = stage.browser().await?;
    let visit = browser.visit("", person("ada")).await?;
    let callback = browser.client.come_back(&visit.back).await?;
    browser.client.land(&callback).await?;
    browser.account().await?;

    let mut secrets = visit.secrets();
    assert_eq!(secrets.len(), 2);
    secrets.extend(registration.secret);
    secrets.extend(callback.in_fragment("code")?);
    secrets.extend(browser.client.credential().secrets().map(str::to_owned));
    stage.logged("signed_in", &secrets).await
}
