//! The provider changes the keys that it signs ID tokens with.

use anyhow::Result;

use crate::browser::person;
use crate::on;
use crate::provider::OldKeys;
use crate::scene::{ORIGIN, Scene};

on! {
    a_new_key_beside_the_old_ones_is_found:
        session_with_own_provider, jwt_with_own_provider;
    a_new_key_in_place_of_the_old_ones_is_found:
        session_with_own_provider, jwt_with_own_provider;
    a_second_new_key_within_the_cool_down_is_refused:
        session_with_own_provider, jwt_with_own_provider;
}

async fn a_new_key_beside_the_old_ones_is_found(scene: Scene) -> Result<()> {
    rotation(&scene, OldKeys::Kept).await
}

async fn a_new_key_in_place_of_the_old_ones_is_found(scene: Scene) -> Result<()> {
    rotation(&scene, OldKeys::Dropped).await
}

async fn rotation(scene: &Scene, old: OldKeys) -> Result<()> {
    let launch = scene.launch(&scene.provider.register(ORIGIN).await?)?;
    let stage = scene
        .start_with(launch.flag("--oauth-key-cooldown", "1ms"))
        .await?;
    let (browser, ada) = (stage.browser().await?, person("ada"));
    // The server learns of the keys when it sends the first person out.
    let visit = browser.visit("", ada).await?;
    scene.provider.rotate_keys(old).await?;
    let callback = browser.client.come_back(&visit.back).await?;
    browser.client.land(&callback).await?;
    let account = browser.account().await?;

    for _ in 0..2 {
        scene.provider.rotate_keys(old).await?;
        browser.sign_in(ada).await?;
        assert_eq!(browser.account().await?, account);
    }
    Ok(())
}

async fn a_second_new_key_within_the_cool_down_is_refused(scene: Scene) -> Result<()> {
    let launch = scene.launch(&scene.provider.register(ORIGIN).await?)?;
    let stage = scene
        .start_with(launch.flag("--oauth-key-cooldown", "1h"))
        .await?;
    let (browser, ada) = (stage.browser().await?, person("ada"));
    browser.sign_in(ada).await?;
    scene.provider.rotate_keys(OldKeys::Dropped).await?;
    browser.sign_in(ada).await?;
    scene.provider.rotate_keys(OldKeys::Dropped).await?;
    browser
        .through(ada)
        .await?
        .refused(502, "provider_failed")?;
    Ok(())
}
