//! Forgetting a password, and changing it.

use anyhow::Result;
use auth_testkit::account::new_password;

use crate::case::{Visit, cases};
use crate::locate::{button, error_of, field, form, link, main};

cases!(
    a_forgotten_password_is_reset,
    a_reset_without_a_link_asks_for_one,
    a_password_is_changed_and_other_devices_are_signed_out,
);

async fn a_forgotten_password_is_reset(visit: Visit) -> Result<()> {
    let (browser, person) = (&visit.browser, visit.account().await?);
    let password = new_password();
    visit.open("/sign-in").await?;
    browser
        .fill(&field("Username or e-mail"), &person.email)
        .await?;
    browser
        .press(&link("Forgot your password?").within(&main()))
        .await?;
    browser.on("Forgot your password?").await?;
    // The address that was typed came along.
    browser.press(&button("Send the mail")).await?;
    browser.reads("If an account has this address").await?;

    visit.follows_mail(&person.email, "/reset").await?;
    browser.on("Set a new password").await?;
    browser.arrives_at("/reset").await?;
    browser.fill(&field("New password"), &password).await?;
    browser.press(&button("Set password")).await?;
    browser.reads("Your password is set").await?;
    browser.press(&link("Sign in").within(&main())).await?;
    browser.sign_in(&person.with_password(&password)).await?;
    browser.on("Hello, Ada").await?;
    let device = visit.target().await?.client().await?;
    let old = device.login(&person.username, &person.password).await?;
    old.refused(401, "invalid_credentials").map(drop)
}

async fn a_reset_without_a_link_asks_for_one(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.open("/reset").await?;
    browser.on("Set a new password").await?;
    browser.press(&link("Send me a mail")).await?;
    browser.on("Forgot your password?").await
}

async fn a_password_is_changed_and_other_devices_are_signed_out(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.member_on("/security", "Security").await?;
    let phone = visit.device(&person, "phone").await?;
    let (password, change) = (new_password(), form("Change password"));
    let current = field("Current password").within(&change);
    let submit = button("Change password").within(&change);

    browser.expect(422, "/password/change");
    browser.fill(&current, "not the password").await?;
    browser
        .fill(&field("New password").within(&change), &password)
        .await?;
    browser.press(&submit).await?;
    browser
        .sees(&error_of("Current password").within(&change))
        .await?;

    browser.fill(&current, &person.password).await?;
    browser.press(&submit).await?;
    browser
        .reads("Your password is changed, and every other device")
        .await?;
    visit.target().await?.signed_out(&phone).await?;
    browser.reload().await?;
    browser.on("Security").await?;
    visit
        .device(&person.with_password(&password), "phone")
        .await?;
    Ok(())
}
