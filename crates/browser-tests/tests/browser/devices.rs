//! Everywhere a person is signed in.

use anyhow::Result;

use crate::case::{Visit, cases};
use crate::locate::{any, button, text};

cases!(
    another_device_is_signed_out,
    all_other_devices_are_signed_out
);

async fn another_device_is_signed_out(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.member_on("/profile", "Profile").await?;
    let phone = visit.device(&person, "Firefox/150 (Android)").await?;
    let tablet = visit.device(&person, "Safari/20 (iPad)").await?;
    browser.go("Devices", "Devices").await?;
    browser.counts(&any("//main//li"), 3).await?;
    browser.counts(&text("this device"), 1).await?;

    browser
        .press(&button("Sign out Firefox on Android"))
        .await?;
    browser.counts(&any("//main//li"), 2).await?;
    visit.target().await?.signed_out(&phone).await?;
    tablet.profile().await?.ok()?;
    Ok(())
}

async fn all_other_devices_are_signed_out(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.member_on("/profile", "Profile").await?;
    let phone = visit.device(&person, "phone").await?;
    browser.go("Devices", "Devices").await?;
    browser.press(&button("Sign out all others")).await?;
    browser.reads("You are signed in nowhere else.").await?;
    visit.target().await?.signed_out(&phone).await?;
    browser.reload().await?;
    browser.on("Devices").await
}
