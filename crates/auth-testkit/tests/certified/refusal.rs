//! Sign-ins that come to nothing.

use anyhow::Result;

use crate::browser::{Browser, Page, Person, person};
use crate::on;
use crate::provider::ID;
use crate::scene::{ORIGIN, Scene};

on! {
    who_leaves_at_the_login_is_not_signed_in: session, jwt;
    who_does_not_consent_is_not_signed_in: session, jwt;
    an_address_that_is_not_verified_makes_no_account: session, jwt;
    a_wrong_client_secret_fails_and_shows_nothing: session, jwt;
}

async fn who_leaves_at_the_login_is_not_signed_in(scene: Scene) -> Result<()> {
    denial(&scene, Page::Login).await
}

async fn who_does_not_consent_is_not_signed_in(scene: Scene) -> Result<()> {
    denial(&scene, Page::Consent).await
}

async fn denial(scene: &Scene, page: Page) -> Result<()> {
    let stage = scene.start().await?;
    let browser = stage.browser().await?;
    let ada = person("ada");
    is_refused(&browser, ada.who_denies(page), 403, "access_denied").await?;
    assert_eq!(scene.accounts().await?, 0);

    browser.sign_in(ada).await?;
    browser.account().await?;
    Ok(())
}

async fn an_address_that_is_not_verified_makes_no_account(scene: Scene) -> Result<()> {
    let stage = scene.start().await?;
    let browser = stage.browser().await?;
    let eve = person("unverified-eve");
    is_refused(&browser, eve, 403, "email_unverified").await?;
    assert_eq!(scene.accounts().await?, 0);
    Ok(())
}

async fn a_wrong_client_secret_fails_and_shows_nothing(scene: Scene) -> Result<()> {
    let right = scene.provider.register(ORIGIN).await?;
    let mut secrets: Vec<String> = right.secret.iter().cloned().collect();
    let wrong = right.with_wrong_secret();
    secrets.extend(wrong.secret.clone());
    let stage = scene.start_with(scene.talkative(&wrong)?).await?;
    let browser = stage.browser().await?;
    secrets.extend(is_refused(&browser, person("ada"), 502, "provider_failed").await?);
    assert_eq!(scene.accounts().await?, 0);
    secrets.extend(browser.client.credential().secrets().map(str::to_owned));
    stage.logged("provider_failed", &secrets).await
}

/// Expects that a program is told why, that a browser is sent on with the reason, and that
/// neither is signed in. Gives the codes and states that were under way.
async fn is_refused(
    browser: &Browser,
    person: Person<'_>,
    status: u16,
    code: &str,
) -> Result<Vec<String>> {
    let one = browser.visit("?return_to=/welcome", person).await?;
    let told = browser.client.come_back(&one.back).await?;
    told.refused(status, code)?;
    let other = browser.visit("?return_to=/welcome", person).await?;
    let sent_on = browser.client.come_back_to_a_page(&other.back).await?;
    let expected = format!("/welcome#error={code}&provider={ID}");
    assert_eq!(sent_on.location()?, expected);
    browser.client.profile().await?.unauthenticated()?;
    Ok([one.secrets(), other.secrets()].concat())
}
