//! Tabs that show somebody while somebody else signs in.

use anyhow::Result;
use auth_testkit::account::Person;
use serde_json::json;

use crate::case::{Visit, cases};
use crate::locate::{button, field, text};
use crate::person::sign_in_script;

cases!(
    another_sign_in_takes_every_tab_along,
    a_tab_that_heard_nothing_changes_nobody_else,
    a_client_says_whose_session_ended,
);

/// Signs in as the front end of somebody else does, in a document of its own.
async fn sign_in_elsewhere(visit: &Visit, person: &Person) -> Result<()> {
    visit.open("/forgot").await?;
    let script = sign_in_script("/api/auth", person);
    let user = visit.browser.script(&script).await?;
    assert_eq!(user["username"], person.username.as_str());
    Ok(())
}

async fn another_sign_in_takes_every_tab_along(visit: Visit) -> Result<()> {
    let (browser, amara) = (&visit.browser, visit.account().await?);
    let bjorn = visit.member_on("/profile", "Profile").await?;
    let first = browser.tab().await?;
    browser.new_tab().await?;
    sign_in_elsewhere(&visit, &amara).await?;
    browser.turn_to(&first).await?;
    browser.reads("signed in in this browser").await?;
    browser.reads(&amara.username).await?;
    browser.misses(&text(&bjorn.email)).await
}

/// What tabs tell each other is lost on this one.
const DEAFEN: &str = "Object.defineProperty(MessageEvent.prototype, 'data', { get: () => ({}) });";

async fn a_tab_that_heard_nothing_changes_nobody_else(visit: Visit) -> Result<()> {
    let (browser, amara) = (&visit.browser, visit.account().await?);
    let bjorn = visit.member_on("/profile", "Profile").await?;
    let first = browser.tab().await?;
    browser.script(DEAFEN).await?;
    browser.new_tab().await?;
    sign_in_elsewhere(&visit, &amara).await?;
    browser.turn_to(&first).await?;
    browser.on("Profile").await?;
    browser.fill(&field("First name"), "Gone").await?;
    if visit.site.is_bearer() {
        // Its token is still that of the person on the page.
        browser.press(&button("Save")).await?;
        browser.reads("Your profile is saved.").await?;
    } else {
        browser.expect(412, "/profile");
        browser.press(&button("Save")).await?;
        browser.reads("signed in in this browser").await?;
        browser.reads(&amara.username).await?;
    }
    let name = async |person: &Person| -> Result<_> {
        let device = visit.device(person, "phone").await?;
        device.profile().await?.ok()?.string("/first_name")
    };
    assert_eq!(name(&amara).await?, amara.first_name);
    let expected = if visit.site.is_bearer() {
        "Gone"
    } else {
        &*bjorn.first_name
    };
    assert_eq!(name(&bjorn).await?, expected);
    Ok(())
}

/// What other front ends hear of a change of people, in order.
const LISTEN: &str = "
    return import('/client.js').then(async ({ createClient }) => {
        const [client, heard] = [createClient('/api/auth'), []];
        client.on('change', ({ user, was, reason }) => heard.push([reason, user?.id ?? null, was?.id ?? null]));
        await client.signIn(FIRST);
        await client.signIn(SECOND);
        const { id } = client.user;
        await client.signOut();
        return [heard, id];
    });
";

async fn a_client_says_whose_session_ended(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let (one, other) = (visit.account().await?, visit.account().await?);
    visit.open("/forgot").await?;
    let words = |person: &Person| {
        json!({ "identifier": person.username, "password": person.password }).to_string()
    };
    let script = LISTEN.replace("FIRST", &words(&one));
    let told = browser
        .script(&script.replace("SECOND", &words(&other)))
        .await?;
    let (heard, second) = (&told[0], &told[1]);
    let first = &heard[0][1];
    let expected = json!([
        ["signed-in", first, null],
        ["signed-out", null, first],
        ["signed-in", second, first],
        ["signed-out", null, second],
    ]);
    assert_ne!(first, second);
    assert_eq!(*heard, expected);
    Ok(())
}
