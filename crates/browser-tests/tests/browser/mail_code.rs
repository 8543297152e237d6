//! Signing in by a mailed code.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::case::{Visit, cases};
use crate::locate::{button, error_of, field, link, main};

cases!(
    a_mailed_code_signs_in,
    the_link_of_a_code_works_where_it_was_asked_for,
    the_link_of_a_code_asks_who_did_not_ask_for_it,
    a_mailed_code_takes_the_place_of_the_password_only,
);

/// How long a mail may be on its way.
const DELIVERY: Duration = Duration::from_secs(20);

const FIELD: &str = "Code from the mail";

impl Visit {
    /// Asks for a code on the sign-in page, and reads the mail.
    async fn has_a_code_mailed(&self, email: &str) -> Result<String> {
        let browser = &self.browser;
        self.open("/sign-in").await?;
        browser.on("Sign in").await?;
        browser.fill(&field("Username or e-mail"), email).await?;
        browser.press(&link("Mail me a code")).await?;
        browser.on("Sign in with a mailed code").await?;
        browser.press(&button("Mail me a code")).await?;
        browser.on("Check your mail").await?;
        let target = self.target().await?;
        let is_it = |mail: &auth_testkit::Mail| code_in(&mail.text).is_some();
        let mail = target.mailbox.wait_for(email, &is_it, DELIVERY).await?;
        code_in(&mail.text).context("no code")
    }
}

/// The code that the link of a mail carries.
fn code_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("/sign-in#code=")?;
    Some(rest.chars().take_while(char::is_ascii_digit).collect())
}

async fn a_mailed_code_signs_in(visit: Visit) -> Result<()> {
    let (browser, person) = (&visit.browser, visit.account().await?);
    let code = visit.has_a_code_mailed(&person.email).await?;
    browser.expect(401, "/login/factor");
    browser.fill(&field(FIELD), "00000000").await?;
    browser.press(&button("Sign in").within(&main())).await?;
    browser.sees(&error_of(FIELD)).await?;
    visit.looks_right("mail-code-wrong").await?;
    browser.fill(&field(FIELD), &code).await?;
    browser.press(&button("Sign in").within(&main())).await?;
    browser.on("Hello, Ada").await
}

async fn the_link_of_a_code_works_where_it_was_asked_for(visit: Visit) -> Result<()> {
    let (browser, person) = (&visit.browser, visit.account().await?);
    let code = visit.has_a_code_mailed(&person.email).await?;
    browser.new_tab().await?;
    visit.open(&format!("/sign-in#code={code}")).await?;
    browser.on("Check your mail").await?;
    browser.arrives_at("/second-step?next=%2F").await?;
    browser.press(&button("Sign in").within(&main())).await?;
    browser.on("Hello, Ada").await
}

async fn the_link_of_a_code_asks_who_did_not_ask_for_it(visit: Visit) -> Result<()> {
    visit.open("/sign-in#code=12345678").await?;
    visit.browser.on("Sign in").await?;
    visit.browser.reads("works only in the browser").await?;
    visit.browser.arrives_at("/sign-in").await
}

async fn a_mailed_code_takes_the_place_of_the_password_only(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let (person, mut app, _) = visit.with_app().await?;
    let code = visit.has_a_code_mailed(&person.email).await?;
    browser.fill(&field(FIELD), &code).await?;
    browser.press(&button("Sign in").within(&main())).await?;
    visit.takes_the_step(&mut app).await?;
    browser.on("Hello, Ada").await
}
