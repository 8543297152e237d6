//! Credentials that travel otherwise than they do when nothing is said.

use std::time::Duration;

use anyhow::Result;
use auth_testkit::account::Person;
use tokio::time::sleep;

use crate::case::{Visit, cases};
use crate::locate::{link, nav};
use crate::servers::{Own, Site, target};

cases!(
    a_token_that_expired_in_a_cookie_is_renewed,
    an_opaque_token_outlives_a_reload,
);

/// A server whose credentials travel this way, and somebody signed in to it.
async fn signed_in(visit: &Visit, site: Site, transport: &str) -> Result<Own> {
    let launch = site.launch().flag("--transport", transport);
    let own = Own::start(launch.env("AUTH_ACCESS_TTL", "1s")).await?;
    let (browser, person) = (&visit.browser, Person::new("ada"));
    target(&own.origin)?.confirmed_by_mail(&person).await?;
    browser.open(&format!("{}/profile", own.origin)).await?;
    browser.sign_in(&person).await?;
    browser.on("Profile").await?;
    Ok(own)
}

async fn a_token_that_expired_in_a_cookie_is_renewed(visit: Visit) -> Result<()> {
    let _own = signed_in(&visit, Site::Jwt, "cookie").await?;
    // The second it lives, and the leeway that it is granted.
    sleep(Duration::from_secs(7)).await;
    let browser = &visit.browser;
    browser.expect(401, "/sessions");
    browser.press(&link("Devices").within(&nav())).await?;
    browser.on("Devices").await?;
    let requests = visit.browser.requests().await?;
    let renewed = requests.iter().filter(|one| one.is("POST", "/refresh"));
    assert_eq!(renewed.count(), 1);
    Ok(())
}

async fn an_opaque_token_outlives_a_reload(visit: Visit) -> Result<()> {
    let _own = signed_in(&visit, Site::Session, "bearer").await?;
    let browser = &visit.browser;
    browser.reload().await?;
    browser.on("Profile").await?;
    browser.sign_out().await?;
    browser.on("Sign in").await?;
    browser.reload().await?;
    browser.on("Sign in").await
}
