//! What people are told when something is wrong.

use anyhow::Result;
use auth_testkit::account::Person;

use crate::browser::Browser;
use crate::case::{Visit, cases};
use crate::drive::eventually;
use crate::locate::{any, button, error_of, field, main};

cases!(
    a_wrong_password_is_told_beside_the_form,
    a_shown_password_is_hidden_when_it_is_sent,
    an_unconfirmed_address_offers_another_mail,
    what_is_missing_is_told_next_to_its_field,
    what_the_server_refuses_is_told_next_to_its_field,
);

/// Waits until the focus is in the field of this label.
pub async fn focus_is_in(browser: &Browser, label: &str) -> Result<()> {
    let wanted = browser.attribute(&field(label), "id").await?;
    let look = async || {
        let id = browser.script("return document.activeElement.id").await?;
        Ok((id.as_str() == wanted.as_deref()).then_some(()))
    };
    eventually(&format!("the focus in {label}"), look).await
}

/// Expects that a field says what is wrong with it, to everybody.
async fn is_refused(browser: &Browser, label: &str, words: &str) -> Result<()> {
    let error = error_of(label);
    let told = browser.text(&error).await?;
    assert!(told.contains(words), "{told}");
    let field = field(label);
    let invalid = browser.attribute(&field, "aria-invalid").await?;
    assert_eq!(invalid.as_deref(), Some("true"));
    let id = browser.attribute(&error, "id").await?.unwrap();
    let described = browser.attribute(&field, "aria-describedby").await?;
    let described = described.unwrap_or_default();
    assert!(described.split(' ').any(|one| one == id), "{described}");
    Ok(())
}

async fn a_wrong_password_is_told_beside_the_form(visit: Visit) -> Result<()> {
    let (browser, person) = (&visit.browser, visit.account().await?);
    visit.open("/sign-in").await?;
    browser.expect(401, "/login");
    browser
        .sign_in_with(&person.username, "not the password")
        .await?;
    let told = browser
        .text(&any("//main//form//*[@role=\"alert\"]/div"))
        .await?;
    assert!(told.contains("password is wrong"), "{told}");
    browser.on("Sign in").await?;
    let kept = browser
        .script("return document.querySelector('main input').value")
        .await?;
    assert_eq!(kept, person.username.as_str());
    browser.sign_in(&person).await?;
    browser.on("Hello, Ada").await
}

/// Browsers offer to keep what is a password then.
async fn a_shown_password_is_hidden_when_it_is_sent(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.open("/sign-in").await?;
    browser.fill(&field("Username or e-mail"), "nobody").await?;
    browser.fill(&field("Password"), "no password").await?;
    browser.press(&button("Show password")).await?;
    let kind = async || browser.attribute(&field("Password"), "type").await;
    assert_eq!(kind().await?.as_deref(), Some("text"));
    browser.expect(401, "/login");
    browser.press(&button("Sign in").within(&main())).await?;
    browser.sees(&any("//form//*[@role=\"alert\"]/div")).await?;
    assert_eq!(kind().await?.as_deref(), Some("password"));
    Ok(())
}

async fn an_unconfirmed_address_offers_another_mail(visit: Visit) -> Result<()> {
    let (browser, person) = (&visit.browser, Person::new("ada"));
    visit.target().await?.registered(&person).await?;
    visit.open("/sign-in").await?;
    browser.expect(403, "/login");
    browser
        .sign_in_with(&person.email, &person.password)
        .await?;
    browser.reads("Your address is not confirmed yet.").await?;
    browser.press(&button("Send the mail again")).await?;
    browser.reads("another mail is on its way").await
}

async fn what_is_missing_is_told_next_to_its_field(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.open("/sign-up").await?;
    browser.on("Create account").await?;
    browser.fill(&field("First name"), "Ada").await?;
    browser
        .press(&button("Create account").within(&main()))
        .await?;
    is_refused(browser, "Username", "needed").await?;
    focus_is_in(browser, "Username").await?;
    assert_eq!(
        browser
            .attribute(&field("First name"), "aria-invalid")
            .await?,
        None
    );
    browser.fill(&field("Username"), "ada").await?;
    assert_eq!(
        browser
            .attribute(&field("Username"), "aria-invalid")
            .await?,
        None
    );
    Ok(())
}

async fn what_the_server_refuses_is_told_next_to_its_field(visit: Visit) -> Result<()> {
    let (browser, person) = (&visit.browser, visit.account().await?);
    visit.open("/sign-up").await?;
    browser.on("Create account").await?;
    browser.fill(&field("First name"), "Ada").await?;
    browser.fill(&field("Last name"), "Lovelace").await?;
    browser.fill(&field("Username"), "no name").await?;
    browser.fill(&field("E-mail"), "nowhere").await?;
    browser.fill(&field("Password"), "password").await?;
    browser.reads("Too common").await?;
    browser.expect(422, "/register");
    browser
        .press(&button("Create account").within(&main()))
        .await?;
    is_refused(browser, "Username", "").await?;
    is_refused(browser, "E-mail", "").await?;
    is_refused(browser, "Password", "").await?;
    focus_is_in(browser, "Username").await?;

    browser.fill(&field("Username"), &person.username).await?;
    browser
        .fill(&field("E-mail"), "somebody@example.org")
        .await?;
    browser.fill(&field("Password"), &person.password).await?;
    browser.expect(409, "/register");
    browser
        .press(&button("Create account").within(&main()))
        .await?;
    is_refused(browser, "Username", "taken").await
}
