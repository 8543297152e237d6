//! Looking after the second step of an account.

use anyhow::{Result, ensure};
use auth_testkit::account::Person;

use crate::app::App;
use crate::case::{Visit, cases};
use crate::drive::eventually;
use crate::locate::{any, button, field, form};
use crate::second_step::shown_codes;
use crate::servers::{Own, target};

cases!(
    an_app_is_named_and_removed,
    recovery_codes_are_taken_along,
    an_account_that_has_to_have_an_app_is_given_one,
    an_account_is_told_from_when_on_it_needs_an_app,
);

async fn an_app_is_named_and_removed(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.member_on("/security", "Security").await?;
    visit.adds_an_app().await?;
    browser.press(&button("Rename Authenticator app")).await?;
    let rename = form("Rename Authenticator app");
    browser
        .fill(&field("Name").within(&rename), "Old phone")
        .await?;
    browser.press(&button("Save").within(&rename)).await?;
    browser.reads("Old phone").await?;
    browser.press(&button("Make new codes")).await?;
    let codes = shown_codes(&visit).await?;
    ensure!(codes.len() == 10, "{codes:?}");

    browser.press(&button("Remove Old phone")).await?;
    browser.press(&button("Keep Old phone")).await?;
    browser.press(&button("Remove Old phone")).await?;
    browser.press(&button("Remove it: Old phone")).await?;
    browser.reads("Ask for more than a password").await?;
    let focused = async || {
        let heading = "return document.activeElement.textContent";
        Ok((browser.script(heading).await? == "Second step").then_some(()))
    };
    eventually("the focus on the heading", focused).await
}

async fn recovery_codes_are_taken_along(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.member_on("/security", "Security").await?;
    visit.adds_an_app().await?;
    browser.press(&button("Make new codes")).await?;
    browser.press(&button("Download")).await?;
    browser.press(&button("Copy")).await?;
    browser.sees(&button("Copied")).await?;
    browser.press(&button("I have kept them")).await?;
    browser.misses(&any("//ul[@class=\"codes\"]")).await
}

async fn an_account_that_has_to_have_an_app_is_given_one(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let strict = visit.site.launch().flag("--second-factor", "required");
    let own = Own::start(strict.flag("--second-factor-grace", "0s")).await?;
    let person = Person::new("ada");
    let other = target(&own.origin)?;
    let token = other.registered_with_token(&person).await?;
    let link = format!("{}/verify#token={token}", own.origin);
    browser.open(&link).await?;
    browser.fill(&field("Password"), &person.password).await?;
    browser.press(&button("Confirm this address")).await?;
    browser.on("Second step").await?;
    let key = browser.text(&any("//code[@class=\"key\"]")).await?;
    browser.sees(&any("//main//*[name()=\"svg\"]")).await?;
    let mut app = App::with_key(&key)?;
    let code = app.code().await?;
    visit.looks_right("second-step-add").await?;
    browser
        .fill(&field("Code that the app shows"), &code)
        .await?;
    browser.press(&button("Add and sign in")).await?;
    browser.on("Recovery codes").await?;
    ensure!(shown_codes(&visit).await?.len() == 10);
    visit.looks_right("recovery-codes").await?;
    browser.press(&button("Go on")).await?;
    browser.on("Hello, Ada").await?;
    browser.go("Security", "Security").await?;
    browser.press(&button("Remove Authenticator app")).await?;
    browser.expect(409, "/factors/");
    browser
        .press(&button("Remove it: Authenticator app"))
        .await?;
    browser.reads("has to have a second step").await
}

async fn an_account_is_told_from_when_on_it_needs_an_app(visit: Visit) -> Result<()> {
    let (browser, person) = (&visit.browser, Person::new("ada"));
    let own = Own::start(visit.site.launch().flag("--second-factor", "required")).await?;
    target(&own.origin)?.confirmed_by_mail(&person).await?;
    browser.open(&format!("{}/security", own.origin)).await?;
    browser.sign_in(&person).await?;
    browser.on("Security").await?;
    browser
        .reads("Your account has to have a second step")
        .await
}
