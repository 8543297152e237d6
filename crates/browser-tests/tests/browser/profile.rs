//! Names, the address, and the end of an account.

use anyhow::Result;
use auth_testkit::account::Person;

use crate::case::{Visit, cases};
use crate::locate::{button, error_of, field, form, link, main};

cases!(
    a_name_is_changed,
    a_username_that_is_taken_is_refused,
    an_address_is_changed_once_the_new_one_is_confirmed,
    an_account_is_deleted_with_its_password,
);

async fn a_name_is_changed(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.member_on("/profile", "Profile").await?;
    browser.fill(&field("First name"), "Augusta").await?;
    browser.press(&button("Save")).await?;
    browser.reads("Your profile is saved.").await?;
    browser.go("Overview", "Hello, Augusta").await?;
    browser.reload().await?;
    browser.on("Hello, Augusta").await
}

async fn a_username_that_is_taken_is_refused(visit: Visit) -> Result<()> {
    let (browser, other) = (&visit.browser, visit.account().await?);
    visit.member_on("/profile", "Profile").await?;
    browser.expect(409, "/profile");
    browser.fill(&field("Username"), &other.username).await?;
    browser.press(&button("Save")).await?;
    let told = browser.text(&error_of("Username")).await?;
    assert!(told.contains("taken"), "{told}");
    Ok(())
}

async fn an_address_is_changed_once_the_new_one_is_confirmed(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.member_on("/security", "Security").await?;
    let (new, change) = (Person::new("new").email, form("Change address"));
    browser
        .fill(&field("New address").within(&change), &new)
        .await?;
    browser
        .fill(&field("Current password").within(&change), &person.password)
        .await?;
    browser
        .press(&button("Change address").within(&change))
        .await?;
    browser
        .reads("Nothing changes until its link is opened.")
        .await?;
    browser.go("Overview", "Hello, Ada").await?;
    browser.reads(&person.email).await?;

    visit.follows_mail(&new, "/verify").await?;
    browser.press(&button("Confirm this address")).await?;
    browser.reads("Your address is confirmed.").await?;
    browser.press(&link("Go on").within(&main())).await?;
    browser.reads(&new).await
}

async fn an_account_is_deleted_with_its_password(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.member_on("/security", "Security").await?;
    let delete = form("Delete account");
    let submit = button("Delete account").within(&delete);
    browser
        .fill(&field("Current password").within(&delete), &person.password)
        .await?;
    browser.press(&submit).await?;
    browser
        .sees(&crate::locate::any("//p[@class=\"error\"]").within(&delete))
        .await?;

    browser
        .press(&field("Delete my account and everything in it"))
        .await?;
    browser.press(&submit).await?;
    browser.on("Comprehensive Auth").await?;
    let device = visit.target().await?.client().await?;
    let gone = device.login(&person.username, &person.password).await?;
    gone.refused(401, "invalid_credentials").map(drop)
}
