//! What asks for the second step once more.

use anyhow::Result;
use fantoccini::key::Key;

use crate::case::{Visit, cases};
use crate::locate::{Locator, any, button, error_of, field, form};

cases!(
    deleting_an_account_takes_the_step_once_more,
    who_takes_no_step_changes_nothing,
);

fn dialog() -> Locator {
    any("//dialog")
}

/// Presses the button that deletes the account.
async fn wants_to_be_deleted(visit: &Visit, password: &str) -> Result<()> {
    let (browser, delete) = (&visit.browser, form("Delete account"));
    let current = field("Current password").within(&delete);
    browser.fill(&current, password).await?;
    browser
        .press(&field("Delete my account and everything in it"))
        .await?;
    browser
        .press(&button("Delete account").within(&delete))
        .await
}

async fn deleting_an_account_takes_the_step_once_more(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let (person, mut app, _) = visit.with_app().await?;
    visit.trusts_this_device(&person, &mut app).await?;
    browser.go("Security", "Security").await?;
    browser.expect(403, "/profile");
    wants_to_be_deleted(&visit, &person.password).await?;
    let code = field("Code of your authenticator app").within(&dialog());
    let submit = button("Go on").within(&dialog());
    browser.sees(&code).await?;
    visit.looks_right("second-step-again").await?;

    browser.expect(401, "/factors/verify");
    browser.fill(&code, "000000").await?;
    browser.press(&submit).await?;
    let error = error_of("Code of your authenticator app");
    browser.sees(&error.within(&dialog())).await?;
    browser.fill(&code, &app.code().await?).await?;
    browser.press(&submit).await?;
    browser.on("Comprehensive Auth").await?;
    browser.misses(&dialog()).await
}

async fn who_takes_no_step_changes_nothing(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let (person, mut app, _) = visit.with_app().await?;
    visit.trusts_this_device(&person, &mut app).await?;
    browser.go("Security", "Security").await?;
    browser.expect(403, "/factors/");
    browser.press(&button("Remove Authenticator app")).await?;
    browser
        .press(&button("Remove it: Authenticator app"))
        .await?;
    browser.sees(&dialog()).await?;
    browser.hits(Key::Escape).await?;
    browser.misses(&dialog()).await?;
    browser.reads("Nothing was changed").await
}
