//! What asks for the second step once more.

use std::time::Duration;

use anyhow::Result;
use auth_testkit::account::Person;
use fantoccini::key::Key;
use tokio::time::sleep;

use crate::app::App;
use crate::case::{Visit, cases};
use crate::locate::{Locator, any, button, error_of, field, form, heading};
use crate::servers::{Own, target};

cases!(
    deleting_an_account_takes_the_step_once_more,
    who_takes_no_step_changes_nothing,
    an_old_sign_in_takes_the_password_too,
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

/// How long a sign-in is fresh.
pub const FRESH: Duration = Duration::from_secs(2);

/// Waits until the sign-in is old.
pub async fn grows_old() {
    sleep(FRESH + Duration::from_secs(1)).await;
}

async fn an_old_sign_in_takes_the_password_too(visit: Visit) -> Result<()> {
    let (browser, person) = (&visit.browser, Person::new("ada"));
    let fresh = format!("{}s", FRESH.as_secs());
    let own = Own::start(visit.site.launch().flag("--reauth-within", fresh)).await?;
    target(&own.origin)?.confirmed_by_mail(&person).await?;
    browser.open(&format!("{}/security", own.origin)).await?;
    browser.sign_in(&person).await?;
    browser.on("Security").await?;
    grows_old().await;

    let password = field("Current password").within(&dialog());
    let submit = button("Go on").within(&dialog());
    browser.expect(403, "/factors/totp");
    browser.expect(422, "/factors/totp");
    browser.press(&button("Add an authenticator app")).await?;
    browser.fill(&password, "not the password").await?;
    browser.press(&submit).await?;
    let error = error_of("Current password").within(&dialog());
    browser.sees(&error).await?;
    visit.looks_right("password-again").await?;
    browser.fill(&password, &person.password).await?;
    browser.press(&submit).await?;
    browser.misses(&dialog()).await?;
    let key = browser.text(&any("//code[@class=\"key\"]")).await?;
    let mut app = App::with_key(&key)?;
    let code = field("Code that the app shows");
    browser.fill(&code, &app.code().await?).await?;
    browser.press(&button("Add this app")).await?;
    browser.press(&button("I have kept them")).await?;
    grows_old().await;

    browser.expect(403, "/factors/");
    browser.press(&button("Remove Authenticator app")).await?;
    browser
        .press(&button("Remove it: Authenticator app"))
        .await?;
    browser.fill(&password, &person.password).await?;
    browser.press(&submit).await?;
    let code = field("Code of your authenticator app").within(&dialog());
    browser.fill(&code, &app.code().await?).await?;
    browser
        .press(&any(
            "//dialog[last()]//form[@aria-label=\"Second step\"]//button",
        ))
        .await?;
    browser.reads("Ask for more than a password").await?;
    browser.misses(&dialog()).await?;
    browser.sees(&heading("Security")).await.map(drop)
}
