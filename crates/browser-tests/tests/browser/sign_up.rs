//! From no account to being signed in.

use anyhow::{Context as _, Result};
use auth_testkit::account::Person;
use reqwest::StatusCode;
use url::Url;

use crate::case::{Visit, cases};
use crate::locate::{button, field, link, main};

cases!(
    a_new_person_confirms_and_signs_in,
    a_spent_link_offers_another_mail,
    a_person_may_have_one_name,
);

/// Fills in the form for a new account and sends it.
async fn sign_up(visit: &Visit, person: &Person) -> Result<()> {
    let browser = &visit.browser;
    visit.open("/").await?;
    browser.on("Comprehensive Auth").await?;
    browser.go("Create account", "Create account").await?;
    browser
        .fill(&field("First name"), &person.first_name)
        .await?;
    browser.fill(&field("Last name"), &person.last_name).await?;
    browser.fill(&field("Username"), &person.username).await?;
    browser.fill(&field("E-mail"), &person.email).await?;
    browser.fill(&field("Password"), &person.password).await?;
    browser
        .reads("Strong: long, and not easy to guess.")
        .await?;
    browser
        .press(&button("Create account").within(&main()))
        .await?;
    browser.on("Check your mail").await
}

impl Visit {
    /// Somebody who signed up and is told to look for the mail.
    pub async fn waits_for_mail(&self) -> Result<Person> {
        let person = Person::new("ada");
        sign_up(self, &person).await?;
        Ok(person)
    }
}

/// Loads what the link leads to, as programs do that look at mails before people.
async fn look_ahead(address: &str) -> Result<()> {
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]);
    let answer = http.build()?.get(address).send().await?;
    assert_eq!(answer.status(), StatusCode::OK);
    Ok(())
}

async fn a_new_person_confirms_and_signs_in(visit: Visit) -> Result<()> {
    let (browser, person) = (&visit.browser, Person::new("ada"));
    sign_up(&visit, &person).await?;
    let mailed = visit.finds_mail(&person.email, "/verify").await?;
    let address = browser.attribute(&mailed, "href").await?;
    let address: Url = address.context("the link leads nowhere")?.parse()?;
    assert!(
        address
            .fragment()
            .is_some_and(|token| token.starts_with("token="))
    );

    look_ahead(address.as_str()).await?;
    browser.press(&mailed).await?;
    browser.on("Confirm your address").await?;
    browser.arrives_at("/verify").await?;
    let device = visit.target().await?.client().await?;
    let refused = device.login(&person.username, &person.password).await?;
    refused.refused(403, "email_unverified")?;

    browser.press(&button("Confirm this address")).await?;
    browser.reads("Your address is confirmed.").await?;
    browser.press(&link("Sign in").within(&main())).await?;
    browser.sign_in(&person).await?;
    browser.on("Hello, Ada").await?;
    browser.reads(&person.email).await
}

async fn a_spent_link_offers_another_mail(visit: Visit) -> Result<()> {
    let (browser, person) = (&visit.browser, Person::new("ada"));
    let token = visit.target().await?.registered_with_token(&person).await?;
    let link = format!("/verify#token={token}");
    visit.open(&link).await?;
    browser.press(&button("Confirm this address")).await?;
    browser.reads("Your address is confirmed.").await?;

    browser.expect(400, "/verify");
    visit.open("/").await?;
    visit.open(&link).await?;
    browser.press(&button("Confirm this address")).await?;
    browser
        .reads("This link was used already, or it is too old.")
        .await?;
    browser.fill(&field("E-mail"), &person.email).await?;
    browser.press(&button("Send another mail")).await?;
    browser.reads("If this address waits to be confirmed").await
}

async fn a_person_may_have_one_name(visit: Visit) -> Result<()> {
    let (browser, mut person) = (&visit.browser, Person::new("ada"));
    person.last_name = String::new();
    // Phone keyboards put a blank after what they complete.
    person.username.push(' ');
    sign_up(&visit, &person).await?;
    browser.reads(&person.email).await
}
