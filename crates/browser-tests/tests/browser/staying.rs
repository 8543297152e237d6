//! Staying signed in: over reloads, in several tabs, and for as long as a session lasts.

use std::time::Duration;

use anyhow::Result;
use auth_testkit::account::Person;
use fantoccini::wd::WindowHandle;
use tokio::time::sleep;

use crate::browser::{Browser, Kind};
use crate::case::{Visit, cases};
use crate::locate::{button, field, link, nav};
use crate::servers::{Own, target};

cases!(
    a_reload_keeps_a_person_signed_in,
    a_sign_in_reaches_the_other_tab,
    an_ended_session_leads_to_sign_in_and_back,
    an_unused_session_leads_to_sign_in_and_back,
    what_was_typed_outlives_the_session,
    nobody_comes_back_to_a_session_that_ended,
    two_tabs_that_refresh_at_once_send_one_request,
    a_tab_asks_for_the_token_it_was_not_told_of,
);

async fn a_reload_keeps_a_person_signed_in(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.member_on("/devices", "Devices").await?;
    browser.reload().await?;
    browser.on("Devices").await?;
    visit.open("/profile").await?;
    browser.on("Profile").await
}

async fn a_sign_in_reaches_the_other_tab(visit: Visit) -> Result<()> {
    let (browser, person) = (&visit.browser, visit.account().await?);
    visit.open("/profile").await?;
    browser.on("Sign in").await?;
    let first = browser.tab().await?;
    browser.new_tab().await?;
    visit.open("/sign-in").await?;
    browser.sign_in(&person).await?;
    browser.on("Hello, Ada").await?;
    browser.turn_to(&first).await?;
    browser.on("Profile").await
}

/// Ended from elsewhere, while a page of it is open.
async fn an_ended_session_leads_to_sign_in_and_back(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.member_on("/profile", "Profile").await?;
    let phone = visit.device(&person, "phone").await?;
    phone.revoke_others().await?.ok()?;
    browser.expect(401, "/sessions");
    if visit.site.is_bearer() {
        browser.expect(401, "/refresh");
    }
    ended_and_back(browser, &person).await
}

async fn what_was_typed_outlives_the_session(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.member_on("/profile", "Profile").await?;
    let phone = visit.device(&person, "phone").await?;
    phone.revoke_others().await?.ok()?;
    browser.expect(401, "/profile");
    if visit.site.is_bearer() {
        browser.expect(401, "/refresh");
    }
    browser.fill(&field("First name"), "Augusta").await?;
    browser.press(&button("Save")).await?;
    browser.reads("Your session ended.").await?;
    browser.sign_in(&person).await?;
    browser.reads("What you had typed is here again.").await?;
    browser.press(&button("Save")).await?;
    browser.reads("Your profile is saved.").await?;
    browser.go("Overview", "Hello, Augusta").await
}

/// Browsers keep pages as they were left, to show them again at once.
async fn nobody_comes_back_to_a_session_that_ended(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.member_on("/profile", "Profile").await?;
    browser.script("window.kept = true").await?;
    let phone = visit.device(&person, "phone").await?;
    browser.open("about:blank").await?;
    phone.revoke_others().await?.ok()?;
    browser.expect(401, "/profile");
    if visit.site.is_bearer() {
        browser.expect(401, "/refresh");
    }
    browser.client.back().await?;
    browser.on("Sign in").await?;
    // It was the page as it was left. A Firefox keeps none that holds a lock.
    if browser.kind() == Kind::Chromium {
        assert_eq!(browser.script("return window.kept").await?, true);
    }
    Ok(())
}

/// How long an unused session lasts.
const IDLE: Duration = Duration::from_secs(4);

/// How long an access token lasts that is not to be seen again after a session's end.
const BRIEF: &str = "1s";

async fn an_unused_session_leads_to_sign_in_and_back(visit: Visit) -> Result<()> {
    let idle = format!("{}s", IDLE.as_secs());
    let launch = visit.site.launch().flag("--session-idle", idle);
    let own = Own::start(launch.env("AUTH_ACCESS_TTL", BRIEF)).await?;
    let (browser, person) = (&visit.browser, Person::new("ada"));
    target(&own.origin)?.confirmed_by_mail(&person).await?;
    browser.open(&format!("{}/profile", own.origin)).await?;
    browser.sign_in(&person).await?;
    browser.on("Profile").await?;

    sleep(IDLE + Duration::from_secs(1)).await;
    let refused = if visit.site.is_bearer() {
        "/refresh"
    } else {
        "/sessions"
    };
    browser.expect(401, refused);
    ended_and_back(browser, &person).await
}

/// Moves to the next page, is asked to sign in, and finds oneself on that page.
async fn ended_and_back(browser: &Browser, person: &Person) -> Result<()> {
    browser.press(&link("Devices").within(&nav())).await?;
    browser
        .reads("Your session ended. Sign in to go on where you were.")
        .await?;
    browser
        .arrives_at("/sign-in?ended=1&next=%2Fdevices")
        .await?;
    browser.sign_in(person).await?;
    browser.on("Devices").await?;
    browser.arrives_at("/devices").await
}

/// How long the access tokens last that two tabs renew; they are stale a bit before.
const LIFETIME: Duration = Duration::from_secs(5);

async fn two_tabs_that_refresh_at_once_send_one_request(visit: Visit) -> Result<()> {
    let (_own, tabs) = two_stale_tabs(&visit).await?;
    let browser = &visit.browser;
    let before = refreshes(&visit).await?;
    let soon = browser.script("return Date.now() + 1500").await?;
    for tab in &tabs {
        browser.turn_to(tab).await?;
        let at_once = format!("setTimeout(() => {TURN}, {soon} - Date.now())");
        browser.script(&at_once).await?;
    }
    for tab in &tabs {
        browser.turn_to(tab).await?;
        browser.on("Devices").await?;
    }
    let expected = usize::from(visit.site.is_bearer());
    assert_eq!(refreshes(&visit).await? - before, expected);
    for tab in &tabs {
        browser.turn_to(tab).await?;
        browser.reload().await?;
        browser.on("Devices").await?;
    }
    Ok(())
}

/// However late the message is that tells of a token: here it never comes.
async fn a_tab_asks_for_the_token_it_was_not_told_of(visit: Visit) -> Result<()> {
    let (_own, [first, second]) = two_stale_tabs(&visit).await?;
    let browser = &visit.browser;
    let before = refreshes(&visit).await?;
    browser.turn_to(&first).await?;
    browser.script(LOSE_THE_NEXT_MESSAGE).await?;
    for tab in [&first, &second] {
        browser.turn_to(tab).await?;
        browser.script(TURN).await?;
        browser.on("Devices").await?;
    }
    let expected = usize::from(visit.site.is_bearer());
    assert_eq!(refreshes(&visit).await? - before, expected);
    Ok(())
}

const LOSE_THE_NEXT_MESSAGE: &str = "const { postMessage } = BroadcastChannel.prototype;
    BroadcastChannel.prototype.postMessage = () => {
        BroadcastChannel.prototype.postMessage = postMessage;
    };";

/// Turns to a page that asks the server.
const TURN: &str = "document.querySelector('nav a[href=\"/devices\"]').click()";

/// A server of one's own, and two tabs of one person whose access token has had its time.
async fn two_stale_tabs(visit: &Visit) -> Result<(Own, [WindowHandle; 2])> {
    let ttl = format!("{}s", LIFETIME.as_secs());
    let own = Own::start(visit.site.launch().env("AUTH_ACCESS_TTL", &ttl)).await?;
    let (browser, person) = (&visit.browser, Person::new("ada"));
    target(&own.origin)?.confirmed_by_mail(&person).await?;
    let profile = format!("{}/profile", own.origin);
    browser.open(&profile).await?;
    browser.sign_in(&person).await?;
    browser.on("Profile").await?;
    let tabs = [browser.tab().await?, browser.new_tab().await?];
    browser.open(&profile).await?;
    browser.on("Profile").await?;
    sleep(LIFETIME).await;
    Ok((own, tabs))
}

/// Renewals that the browser asked for so far.
async fn refreshes(visit: &Visit) -> Result<usize> {
    let requests = visit.browser.requests().await?;
    let refreshes = requests.iter().filter(|one| one.is("POST", "/refresh"));
    Ok(refreshes.count())
}
