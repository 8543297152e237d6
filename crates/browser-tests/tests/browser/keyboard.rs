//! The pages without a mouse, and what helps programs that fill in forms.

use anyhow::Result;
use fantoccini::key::Key;
use serde_json::json;

use crate::case::{Visit, cases};
use crate::console::{Scene, in_dialog};
use crate::drive::eventually;
use crate::locate::{any, button, field, heading};
use crate::mistakes::focus_is_in;

cases!(
    a_person_signs_in_by_keyboard_alone,
    the_focus_lands_on_the_heading_of_the_next_page,
    a_dialog_is_left_by_escape,
    an_operator_works_by_keyboard_alone,
    password_managers_know_every_field,
);

impl Visit {
    /// Presses Tab until the focus is on something with this text.
    async fn tabs_to(&self, text: &str) -> Result<()> {
        for _ in 0..40 {
            self.browser.hits(Key::Tab).await?;
            if self.focused().await?.trim() == text {
                return Ok(());
            }
        }
        anyhow::bail!("no Tab leads to {text}");
    }

    /// What has the focus: its text, or the name of the field.
    async fn focused(&self) -> Result<String> {
        let script = "const e = document.activeElement; return e.name || e.textContent";
        let focused = self.browser.script(script).await?;
        Ok(focused.as_str().unwrap_or_default().to_owned())
    }
}

async fn a_person_signs_in_by_keyboard_alone(visit: Visit) -> Result<()> {
    let (browser, person) = (&visit.browser, visit.account().await?);
    visit.open("/").await?;
    browser.on("Comprehensive Auth").await?;
    browser.hits(Key::Tab).await?;
    assert_eq!(visit.focused().await?, "Skip to content");
    visit.tabs_to("Sign in").await?;
    browser.hits(Key::Enter).await?;
    browser.on("Sign in").await?;

    visit.tabs_to("identifier").await?;
    browser.hits(Key::Enter).await?;
    focus_is_in(browser, "Username or e-mail").await?;
    browser.types(&person.username).await?;
    browser.hits(Key::Tab).await?;
    assert_eq!(visit.focused().await?, "password");
    browser.types(&person.password).await?;
    let mut order = vec![];
    for _ in 0..4 {
        browser.hits(Key::Tab).await?;
        order.push(visit.focused().await?);
    }
    assert_eq!(
        order,
        ["Show", "remember", "Sign in", "Forgot your password?"]
    );

    browser
        .sees(&field("Password"))
        .await?
        .send_keys(&char::from(Key::Enter).to_string())
        .await?;
    browser.on("Hello, Ada").await
}

async fn the_focus_lands_on_the_heading_of_the_next_page(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.member_on("/sign-in", "Hello, Ada").await?;
    for page in ["Profile", "Security", "Devices"] {
        browser.go(page, page).await?;
        let there = async || Ok((visit.focused().await? == page).then_some(()));
        eventually("the focus on the heading", there).await?;
    }
    browser.client.back().await?;
    browser.sees(&heading("Security")).await.map(drop)
}

async fn a_dialog_is_left_by_escape(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.open("/").await?;
    browser.on("Comprehensive Auth").await?;
    let dialog = any("//dialog");
    browser.press(&crate::locate::switch()).await?;
    browser.sees(&dialog).await?;
    browser.hits(Key::Escape).await?;
    browser.misses(&dialog).await?;
    let focused = browser
        .script("return document.activeElement.className")
        .await?;
    assert_eq!(focused, "switch");
    Ok(())
}

async fn an_operator_works_by_keyboard_alone(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let scene = Scene::start(&visit).await?;
    let name = scene.somebody("ada").await?.person.username;
    scene.enter_as_admin("/people").await?;
    browser.on("People").await?;
    visit.tabs_to("search").await?;
    browser.types(&name).await?;
    browser.hits(Key::Enter).await?;
    browser.counts(&any("//main//tbody/tr"), 1).await?;
    visit.tabs_to(&name).await?;
    browser.hits(Key::Enter).await?;
    browser.on(&format!("@{name}")).await?;

    visit.tabs_to("Disable").await?;
    browser.hits(Key::Enter).await?;
    let disable = in_dialog(button("Disable"));
    browser.sees(&disable).await?;
    browser.hits(Key::Escape).await?;
    browser.misses(&disable).await?;
    // Whoever thought better of it is where they were.
    assert_eq!(visit.focused().await?, "Disable");
    browser.hits(Key::Enter).await?;
    browser.sees(&disable).await?;
    visit.tabs_to("Disable").await?;
    browser.hits(Key::Enter).await?;
    browser.reads("The account is disabled.").await
}

/// Every field's name and what it tells programs that fill in forms.
const PURPOSES: &str = "
    const fields = [...document.querySelectorAll('main input:not([type=checkbox])')];
    return Object.fromEntries(fields.map((one) => [one.name || 'owner', one.autocomplete]));
";

/// The same in the order of the page: each form says whose password it is about.
const PURPOSES_IN_ORDER: &str = "
    const fields = [...document.querySelectorAll('main input:not([type=checkbox])')];
    return fields.map((one) => [one.name || 'owner', one.autocomplete]);
";

async fn password_managers_know_every_field(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let sign_up = json!({
        "first_name": "given-name", "last_name": "family-name", "username": "username",
        "email": "email", "password": "new-password",
    });
    let sign_in = json!({"identifier": "username webauthn", "password": "current-password"});
    let security = json!([
        ["owner", "username"],
        ["current_password", "current-password"],
        ["new_password", "new-password"],
        ["owner", "username"],
        ["email", "email"],
        ["current_password", "current-password"],
        ["owner", "username"],
        ["current_password", "current-password"],
    ]);
    visit.open("/sign-up").await?;
    browser.on("Create account").await?;
    assert_eq!(browser.script(PURPOSES).await?, sign_up);
    visit.open("/forgot").await?;
    browser.on("Forgot your password?").await?;
    assert_eq!(browser.script(PURPOSES).await?, json!({"email": "email"}));
    visit.open("/reset#token=x").await?;
    browser.on("Set a new password").await?;
    let reset = json!({"identifier": "username", "password": "new-password"});
    assert_eq!(browser.script(PURPOSES).await?, reset);
    visit.open("/sign-in?next=/security").await?;
    browser.on("Sign in").await?;
    assert_eq!(browser.script(PURPOSES).await?, sign_in);
    browser.sign_in(&visit.account().await?).await?;
    browser.on("Security").await?;
    assert_eq!(browser.script(PURPOSES_IN_ORDER).await?, security);
    Ok(())
}
