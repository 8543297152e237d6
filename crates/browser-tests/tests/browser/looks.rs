//! Every page, in light and dark and on every screen.

use anyhow::Result;
use auth_testkit::account::Person;

use crate::case::{Visit, cases};
use crate::locate::{any, button, field, main, switch};
use crate::panel;
use crate::provider::continue_with;
use crate::servers::Site;

cases!(
    pages_of_guests,
    pages_of_mailed_links,
    pages_of_members,
    pages_of_newcomers,
    pages_of_the_second_step,
    what_lies_over_the_pages,
);

impl Visit {
    /// The same browser at another server.
    fn at(&self, site: Site) -> Self {
        Self {
            site,
            ..self.clone()
        }
    }

    /// Opens a page that looks right.
    async fn shows(&self, path: &str, title: &str, name: &str) -> Result<()> {
        self.open(path).await?;
        self.browser.on(title).await?;
        self.looks_right(name).await
    }
}

async fn pages_of_guests(visit: Visit) -> Result<()> {
    let (browser, visit) = (&visit.browser, visit.at(Site::Oauth));
    visit.shows("/", "Comprehensive Auth", "home").await?;
    visit.shows("/sign-in", "Sign in", "sign-in").await?;
    browser.expect(401, "/login");
    browser.sign_in_with("nobody", "no password").await?;
    browser.sees(&any("//form//*[@role=\"alert\"]/div")).await?;
    visit.looks_right("sign-in-wrong").await?;
    visit.shows("/sign-up", "Create account", "sign-up").await?;
    browser.fill(&field("Password"), "password").await?;
    browser.reads("Too common").await?;
    browser
        .press(&button("Create account").within(&main()))
        .await?;
    browser.reads("This is needed.").await?;
    visit.looks_right("sign-up-errors").await?;
    visit
        .shows("/forgot", "Forgot your password?", "forgot")
        .await?;
    visit
        .shows("/reset", "Set a new password", "reset-without-link")
        .await?;
    visit
        .shows("/verify", "Confirm your address", "verify-without-link")
        .await
}

async fn pages_of_mailed_links(visit: Visit) -> Result<()> {
    let (browser, person) = (&visit.browser, Person::new("ada"));
    let token = visit.target().await?.registered_with_token(&person).await?;
    let link = format!("/verify#token={token}");
    visit.shows(&link, "Confirm your address", "verify").await?;
    browser.fill(&field("Password"), &person.password).await?;
    browser.press(&button("Confirm this address")).await?;
    browser.reads("Your address is confirmed.").await?;
    visit.looks_right("verified").await?;
    visit.finds_mail(&person.email, "/verify").await?;
    visit.looks_right("mailbox").await?;
    visit
        .shows("/reset#token=x", "Set a new password", "reset")
        .await?;
    browser
        .fill(&field("New password"), &person.password)
        .await?;
    browser.reads("Strong: long").await?;
    visit.looks_right("reset-strong").await
}

async fn pages_of_members(visit: Visit) -> Result<()> {
    let (browser, visit) = (&visit.browser, visit.at(Site::Oauth));
    let person = visit.member_on("/sign-in", "Hello, Ada").await?;
    visit.device(&person, "Firefox/150 (Android)").await?;
    visit
        .device(&person, "Safari/20 (Macintosh; Mac OS)")
        .await?;
    visit.looks_right("overview").await?;
    visit.shows("/profile", "Profile", "profile").await?;
    visit.shows("/security", "Security", "security").await?;
    visit.shows("/devices", "Devices", "devices").await?;
    visit.shows("/history", "What happened", "history").await?;
    visit
        .shows("/linked", "Linked accounts", "linked-none")
        .await?;
    browser.press(&button("Link Development provider")).await?;
    browser.arrives_as(&person).await?;
    browser.sees(&any("//main//li[@class=\"item\"]")).await?;
    visit.looks_right("linked").await
}

async fn pages_of_newcomers(visit: Visit) -> Result<()> {
    let (browser, visit) = (&visit.browser, visit.at(Site::Oauth));
    let person = visit.account().await?;
    visit.open("/sign-in").await?;
    browser.press(&continue_with()).await?;
    browser.on("Choose who to be").await?;
    visit.looks_right("provider").await?;
    browser.arrives_as(&person).await?;
    browser.reads("exists here already. Sign in to it").await?;
    visit.looks_right("sign-in-link-required").await?;
    visit.newcomer().await?;
    visit
        .shows("/security", "Security", "security-without-password")
        .await
}

async fn pages_of_the_second_step(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.member_on("/security", "Security").await?;
    browser.press(&button("Add an authenticator app")).await?;
    browser.sees(&any("//main//*[name()=\"svg\"]")).await?;
    visit.looks_right("security-add-app").await?;
    browser.press(&button("Cancel")).await?;
    browser.misses(&any("//main//*[name()=\"svg\"]")).await?;
    visit.adds_an_app().await?;
    visit.looks_right("security-second-step").await?;
    browser.press(&button("Make new codes")).await?;
    browser.sees(&any("//ul[@class=\"codes\"]")).await?;
    visit.looks_right("security-recovery-codes").await?;
    browser.press(&button("Add a passkey")).await?;
    browser.sees(&button("Make a passkey")).await?;
    visit.looks_right("security-add-passkey").await?;
    browser.press(&button("Rename Authenticator app")).await?;
    visit.looks_right("security-rename").await?;
    browser.sign_out().await?;
    browser.sign_in(&person).await?;
    browser.on("Second step").await?;
    visit.looks_right("second-step").await?;
    browser.press(&button("Use a recovery code")).await?;
    visit.looks_right("second-step-recovery").await?;
    visit
        .shows("/mail-code", "Sign in with a mailed code", "mail-code")
        .await
}

async fn what_lies_over_the_pages(visit: Visit) -> Result<()> {
    let (browser, visit) = (&visit.browser, visit.at(Site::Jwt));
    visit.member_on("/profile", "Profile").await?;
    panel::open(browser).await?;
    visit.looks_right("panel").await?;
    browser.press(&switch()).await?;
    browser.sees(&any("//dialog//span[.=\"in use\"]")).await?;
    browser
        .counts(&any("//dialog//span[.=\"running\"]"), 2)
        .await?;
    visit.looks_right("switch").await
}
