//! Browsers that keep nothing, and cookies that don't arrive.

use anyhow::Result;
use auth_testkit::account::Person;
use serde_json::json;
use test_services::free_port;

use crate::browser::Browser;
use crate::case::{Visit, cases};
use crate::person::sign_in_script;
use crate::servers::{Own, Site, target};

cases!(
    whoever_blocks_site_data_is_told,
    whoever_blocks_site_data_has_tokens_while_the_page_lasts,
    cookies_that_can_not_arrive_are_told_of,
);

/// A Chromium that blocks all site data: cookies, storages and locks.
async fn blocking() -> Result<Browser> {
    let block = json!({ "profile.default_content_setting_values.cookies": 2 });
    Browser::start_chromium(block).await
}

async fn whoever_blocks_site_data_is_told(visit: Visit) -> Result<()> {
    let (browser, person) = (blocking().await?, visit.account().await?);
    browser.open(&visit.url("/profile").await?).await?;
    browser.sign_in(&person).await?;
    browser
        .reads("The browser blocks the cookies of this site")
        .await?;
    browser.on("Sign in").await?;
    browser.end().await
}

async fn whoever_blocks_site_data_has_tokens_while_the_page_lasts(visit: Visit) -> Result<()> {
    let visit = Visit {
        site: Site::Jwt,
        ..visit
    };
    let (browser, person) = (blocking().await?, visit.account().await?);
    browser.open(&visit.url("/sign-in").await?).await?;
    browser.sign_in(&person).await?;
    browser.on("Hello, Ada").await?;
    browser.go("Devices", "Devices").await?;
    browser.sign_out().await?;
    browser.on("Sign in").await?;
    browser.end().await
}

/// 127.0.0.1 is another site than localhost, as example.org is to example.com.
async fn cookies_that_can_not_arrive_are_told_of(visit: Visit) -> Result<()> {
    let (pages, server) = (free_port()?, free_port()?);
    let launch = Site::Jwt.launch();
    let own = Own::start_on(
        pages,
        launch.flag("--trusted-origin", format!("http://localhost:{server}")),
    )
    .await?;
    let page = own.origin.replace("localhost", "127.0.0.1");
    let other = Own::start_on(
        server,
        Site::Session.launch().flag("--trusted-origin", &page),
    )
    .await?;
    let person = Person::new("ada");
    target(&other.origin)?.confirmed_by_mail(&person).await?;
    let browser = &visit.browser;
    browser.expect_words("are of different sites");
    browser.open(&format!("{page}/forgot")).await?;
    browser.on("Forgot your password?").await?;
    let api = format!("{}/api/auth", other.origin);
    let told = browser.script(&sign_in_script(&api, &person)).await?;
    assert_eq!(told["code"], "cookies_blocked");
    assert!(
        told["message"]
            .as_str()
            .is_some_and(|words| words.contains("different sites")),
        "{told}"
    );
    Ok(())
}
