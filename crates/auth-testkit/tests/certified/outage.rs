//! The provider is away, and comes back.

use anyhow::Result;
use auth_testkit::account::Person;

use crate::browser::{Browser, person};
use crate::on;
use crate::provider::ID;
use crate::scene::{ORIGIN, Scene, Stage, eventually};

on! {
    a_provider_that_is_down_breaks_its_own_button_only:
        session_with_own_provider, jwt_with_own_provider;
    a_provider_that_hangs_breaks_its_own_button_only:
        session_with_own_provider, jwt_with_own_provider;
}

async fn a_provider_that_is_down_breaks_its_own_button_only(scene: Scene) -> Result<()> {
    let mut stage = scene.start().await?;
    let bob = Person::new("bob");
    stage.target.confirmed_by_mail(&bob).await?;
    let (browser, ada) = (stage.browser().await?, person("ada"));
    browser.sign_in(ada).await?;
    let account = browser.account().await?;

    let visit = browser.visit("", ada).await?;
    scene.provider.stop()?;
    let callback = browser.client.come_back(&visit.back).await?;
    callback.refused(503, "provider_unavailable")?;
    // A server that knows nothing of the provider yet can't even send people there.
    stage.server.restart().await?;
    nobody_is_sent_out(&browser).await?;
    passwords_work(&stage, &bob).await?;

    scene.provider.restart()?;
    eventually("the way out", async || {
        Ok(browser.client.start(ID, "").await?.status == 303)
    })
    .await?;
    // It has forgotten whom it knew.
    let setting = scene.setting(&scene.provider.register(ORIGIN).await?)?;
    stage.server.restart_with("--provider", setting).await?;
    browser.sign_in(ada).await?;
    assert_eq!(browser.account().await?, account);
    Ok(())
}

async fn nobody_is_sent_out(browser: &Browser) -> Result<()> {
    let start = browser.client.start(ID, "").await?;
    start.refused(503, "provider_unavailable")?;
    Ok(())
}

async fn passwords_work(stage: &Stage, bob: &Person) -> Result<()> {
    let client = stage.target.client().await?;
    client.login(&bob.username, &bob.password).await?.ok()?;
    client.profile().await?.ok()?;
    client.get("^/health/ready").await?.ok()?;
    Ok(())
}

async fn a_provider_that_hangs_breaks_its_own_button_only(scene: Scene) -> Result<()> {
    let launch = scene.launch(&scene.provider.register(ORIGIN).await?)?;
    let stage = scene
        .start_with(launch.flag("--oauth-timeout", "1s"))
        .await?;
    let bob = Person::new("bob");
    stage.target.confirmed_by_mail(&bob).await?;
    let (browser, ada) = (stage.browser().await?, person("ada"));
    let visit = browser.visit("", ada).await?;

    scene.provider.pause()?;
    let callback = browser.client.come_back(&visit.back);
    let (callback, passwords) = tokio::join!(callback, passwords_work(&stage, &bob));
    callback?.refused(503, "provider_unavailable")?;
    passwords?;
    scene.provider.resume()?;

    eventually("a sign-in", async || {
        let callback = browser.through(ada).await?;
        Ok(callback.status == 303 && browser.client.land(&callback).await.is_ok())
    })
    .await?;
    browser.account().await?;
    Ok(())
}
