//! The server changes its strategy while pages are open.

use anyhow::Result;
use auth_testkit::account::Person;
use auth_testkit::process::Launch;
use fantoccini::wd::WindowHandle;

use crate::browser::Browser;
use crate::case::{Visit, cases};
use crate::drive::eventually;
use crate::locate::{link, nav};
use crate::servers::{Own, Site, target};

cases!(
    open_pages_change_over_to_tokens_and_back,
    a_reload_on_the_other_server_keeps_a_person_signed_in,
);

fn session() -> Launch {
    Site::Session.launch().flag("--bridge", "jwt")
}

fn jwt() -> Launch {
    Site::Jwt.launch().flag("--bridge", "session")
}

async fn signed_in(browser: &Browser) -> Result<Own> {
    let (own, person) = (Own::start(session()).await?, Person::new("ada"));
    target(&own.origin)?.confirmed_by_mail(&person).await?;
    browser.open(&format!("{}/profile", own.origin)).await?;
    browser.sign_in(&person).await?;
    browser.on("Profile").await?;
    Ok(own)
}

/// Goes to a page that asks the server, and to another one.
async fn walk(browser: &Browser, tab: &WindowHandle) -> Result<()> {
    browser.turn_to(tab).await?;
    for (name, title) in [("Devices", "Devices"), ("Profile", "Profile")] {
        browser.press(&link(name).within(&nav())).await?;
        browser.on(title).await?;
    }
    Ok(())
}

/// Waits until what is asked for the list of devices says so or so who asks.
async fn asks(browser: &Browser, tab: &WindowHandle, by_token: bool) -> Result<()> {
    eventually("another credential", async || {
        let before = browser.requests().await?.len();
        walk(browser, tab).await?;
        let requests = browser.requests().await?;
        let mut asked = requests[before..].iter();
        let asked = asked.find(|one| one.is("GET", "/sessions"));
        Ok(asked
            .filter(|one| one.authorization.is_some() == by_token)
            .map(drop))
    })
    .await
}

async fn open_pages_change_over_to_tokens_and_back(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let mut own = signed_in(browser).await?;
    let first = browser.tab().await?;
    let second = browser.new_tab().await?;
    browser.open(&format!("{}/profile", own.origin)).await?;
    browser.on("Profile").await?;

    for (launch, by_token) in [(jwt(), true), (session(), false)] {
        own.replace(launch).await?;
        for tab in [&first, &second] {
            asks(browser, tab, by_token).await?;
        }
        for tab in [&first, &second] {
            walk(browser, tab).await?;
        }
    }
    // It was one session all the time.
    browser.press(&link("Devices").within(&nav())).await?;
    browser.on("Devices").await?;
    browser.sign_out().await?;
    browser.on("Sign in").await?;
    browser.turn_to(&first).await?;
    browser.on("Sign in").await
}

async fn a_reload_on_the_other_server_keeps_a_person_signed_in(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let mut own = signed_in(browser).await?;
    let tab = browser.tab().await?;
    for (launch, by_token) in [(jwt(), true), (session(), false)] {
        own.replace(launch).await?;
        if !by_token {
            // Who has a refresh token only asks in vain for once.
            browser.expect(401, "/profile");
        }
        browser.reload().await?;
        browser.on("Profile").await?;
        asks(browser, &tab, by_token).await?;
        browser.reload().await?;
        browser.on("Profile").await?;
    }
    Ok(())
}
