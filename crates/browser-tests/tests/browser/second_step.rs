//! A second step after the password.

use anyhow::{Result, ensure};
use auth_testkit::account::Person;
use fantoccini::key::Key;
use serde_json::json;

use crate::app::App;
use crate::case::{Visit, cases};
use crate::locate::{Locator, any, button, error_of, field, form, link, main};
use crate::servers::{Own, target};

cases!(
    an_app_is_asked_for_at_the_next_sign_in,
    a_recovery_code_is_the_way_out,
    a_trusted_device_is_left_alone,
    a_sign_in_that_took_too_long_begins_anew,
    who_guesses_has_to_wait,
    nothing_waits_for_who_comes_uncalled,
    a_link_that_confirms_takes_the_step_too,
    the_step_is_taken_by_keyboard,
);

/// The field for the code of an app that is asked for.
pub fn code() -> Locator {
    field("Code of your authenticator app").within(&main())
}

/// The recovery codes that are shown.
pub async fn shown_codes(visit: &Visit) -> Result<Vec<String>> {
    let list = visit.browser.text(&any("//ul[@class=\"codes\"]")).await?;
    Ok(list.split_whitespace().map(str::to_owned).collect())
}

impl Visit {
    /// Adds an authenticator app on the page of the moment, and gives it with the recovery codes.
    pub async fn adds_an_app(&self) -> Result<(App, Vec<String>)> {
        let browser = &self.browser;
        browser.press(&button("Add an authenticator app")).await?;
        let key = browser.text(&any("//code[@class=\"key\"]")).await?;
        let mut app = App::with_key(&key)?;
        let code = app.code().await?;
        browser
            .fill(&field("Code that the app shows"), &code)
            .await?;
        browser.press(&button("Add this app")).await?;
        let codes = shown_codes(self).await?;
        browser.press(&button("I have kept them")).await?;
        Ok((app, codes))
    }

    /// Somebody with an authenticator app, signed out, on the page to sign in.
    pub async fn with_app(&self) -> Result<(Person, App, Vec<String>)> {
        let person = self.member_on("/security", "Security").await?;
        let (app, codes) = self.adds_an_app().await?;
        self.browser.sign_out().await?;
        self.browser.on("Sign in").await?;
        Ok((person, app, codes))
    }

    /// Types the code of the app and sends it.
    pub async fn takes_the_step(&self, app: &mut App) -> Result<()> {
        self.browser.on("Second step").await?;
        self.browser.fill(&code(), &app.code().await?).await?;
        self.browser.press(&button("Sign in").within(&main())).await
    }
}

async fn an_app_is_asked_for_at_the_next_sign_in(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let (person, mut app, codes) = visit.with_app().await?;
    ensure!(codes.len() == 10, "{codes:?}");
    browser.sign_in(&person).await?;
    browser.on("Second step").await?;

    browser.expect(401, "/login/factor");
    browser.fill(&code(), "000000").await?;
    browser.press(&button("Sign in").within(&main())).await?;
    let error = error_of("Code of your authenticator app");
    ensure!(browser.text(&error).await?.contains("wrong"));
    browser.reload().await?;
    visit.takes_the_step(&mut app).await?;
    browser.on("Hello, Ada").await?;
    browser.go("Security", "Security").await?;
    browser.reads("last used").await?;
    browser.reads("10 codes left").await
}

async fn a_recovery_code_is_the_way_out(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let (person, _, codes) = visit.with_app().await?;
    for expected in ["9 codes left", "8 codes left"] {
        browser.sign_in(&person).await?;
        browser.on("Second step").await?;
        browser.press(&button("Use a recovery code")).await?;
        let code = &codes[usize::from(expected.starts_with('8'))];
        browser.fill(&field("Recovery code"), code).await?;
        browser.press(&button("Sign in").within(&main())).await?;
        browser.on("Hello, Ada").await?;
        browser.go("Security", "Security").await?;
        browser.reads(expected).await?;
        browser.sign_out().await?;
    }
    browser.sign_in(&person).await?;
    browser.press(&button("Use a recovery code")).await?;
    browser.expect(401, "/login/factor");
    browser.fill(&field("Recovery code"), &codes[0]).await?;
    browser.press(&button("Sign in").within(&main())).await?;
    browser.sees(&error_of("Recovery code")).await?;
    browser.press(&button("Back to the other ways")).await?;
    browser.sees(&code()).await.map(drop)
}

impl Visit {
    /// Signs in with the app, and has the device be left alone from then on.
    pub async fn trusts_this_device(&self, person: &Person, app: &mut App) -> Result<()> {
        let browser = &self.browser;
        browser.sign_in(person).await?;
        browser.on("Second step").await?;
        let trust = field("Don’t ask on this device for 30 days");
        browser.press(&trust).await?;
        self.takes_the_step(app).await?;
        browser.on("Hello, Ada").await?;
        browser.sign_out().await?;
        browser.on("Comprehensive Auth").await?;
        self.open("/sign-in").await?;
        browser.sign_in(person).await?;
        browser.on("Hello, Ada").await
    }
}

async fn a_trusted_device_is_left_alone(visit: Visit) -> Result<()> {
    let (person, mut app, _) = visit.with_app().await?;
    visit.trusts_this_device(&person, &mut app).await
}

async fn a_sign_in_that_took_too_long_begins_anew(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let (person, mut app, _) = visit.with_app().await?;
    browser.sign_in(&person).await?;
    browser.on("Second step").await?;
    // What the browser has lost is as good as what is over.
    browser
        .devtools("Network.clearBrowserCookies", json!({}))
        .await?;
    browser.expect(400, "/login/factor");
    visit.takes_the_step(&mut app).await?;
    browser.on("Sign in").await?;
    browser.reads("This sign-in took too long").await?;
    browser.sign_in(&person).await?;
    visit.takes_the_step(&mut app).await?;
    browser.on("Hello, Ada").await
}

async fn who_guesses_has_to_wait(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let own = Own::start(visit.site.launch().flag("--limits", "on")).await?;
    let person = Person::new("ada");
    target(&own.origin)?.confirmed_by_mail(&person).await?;
    browser.open(&format!("{}/security", own.origin)).await?;
    browser.sign_in(&person).await?;
    browser.on("Security").await?;
    visit.adds_an_app().await?;
    browser.sign_out().await?;
    browser.sign_in(&person).await?;
    browser.on("Second step").await?;
    browser.expect(401, "/login/factor");
    browser.expect(429, "/login/factor");
    let answer = any("//main//form//*[@class=\"error\" or @class=\"notice bad\"]");
    for _ in 0..30 {
        browser.fill(&code(), "000000").await?;
        browser.press(&button("Sign in").within(&main())).await?;
        if browser.text(&answer).await?.starts_with("Too many") {
            return browser.reads("Too many attempts. Try again in").await;
        }
    }
    anyhow::bail!("nobody has to wait")
}

async fn nothing_waits_for_who_comes_uncalled(visit: Visit) -> Result<()> {
    visit.open("/second-step?next=/devices").await?;
    visit.browser.on("Sign in").await?;
    visit.browser.reads("This sign-in took too long").await?;
    visit.browser.arrives_at("/sign-in?next=%2Fdevices").await
}

/// A new address, whose link is opened where nobody is signed in.
async fn a_link_that_confirms_takes_the_step_too(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.member_on("/security", "Security").await?;
    let (mut app, _) = visit.adds_an_app().await?;
    let change = form("Change address");
    let address = format!("new.{}", person.email);
    browser
        .fill(&field("New address").within(&change), &address)
        .await?;
    let password = field("Current password").within(&change);
    browser.fill(&password, &person.password).await?;
    browser.press(&button("Change address")).await?;
    browser.reads("A mail is on its way").await?;
    browser.sign_out().await?;
    browser.on("Sign in").await?;
    visit.follows_mail(&address, "/verify").await?;
    browser.fill(&field("Password"), &person.password).await?;
    browser.press(&button("Confirm this address")).await?;
    browser.reads("Your address is confirmed.").await?;
    visit.takes_the_step(&mut app).await?;
    browser.on("Hello, Ada").await?;
    browser.reads(&address).await
}

async fn the_step_is_taken_by_keyboard(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let (person, mut app, _) = visit.with_app().await?;
    browser.sign_in(&person).await?;
    browser.on("Second step").await?;
    browser.sees(&code()).await?;
    crate::mistakes::focus_is_in(browser, "Code of your authenticator app").await?;
    browser.types(&app.code().await?).await?;
    browser.hits(Key::Enter).await?;
    browser.on("Hello, Ada").await?;
    browser.misses(&link("Back to sign in")).await
}
