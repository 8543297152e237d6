//! Coming through a provider: the built-in one.

use std::time::Duration;

use anyhow::Result;
use auth_dev_provider::{Client, Config, spawn};
use auth_testkit::account::{Person, new_password};
use tokio::time::sleep;

use crate::browser::Browser;
use crate::case::{Visit, cases};
use crate::locate::{Locator, any, button, field, form, heading, link, main, text};
use crate::servers::Own;

cases!(
    a_person_comes_through_the_provider,
    who_declines_is_told,
    who_comes_for_a_page_gets_there,
    a_person_without_a_password_sets_one,
    a_person_without_a_password_proves_themselves_to_delete_the_account,
    who_proves_to_be_somebody_else_deletes_nothing,
    a_person_without_a_password_proves_themselves_to_change_the_address,
    a_provider_that_misbehaves_is_told_of,
    an_answer_by_form_signs_in,
    a_provider_takes_the_place_of_the_password_only,
);

/// The button that leads to the provider.
pub fn continue_with() -> crate::locate::Locator {
    button("Continue with Development provider")
}

impl Browser {
    /// At the provider: arrives as this person.
    pub async fn arrives_as(&self, person: &Person) -> Result<()> {
        self.on("Choose who to be").await?;
        self.press(&any("//summary[normalize-space()=\"Somebody else\"]"))
            .await?;
        self.fill(&field("E-mail address"), &person.email).await?;
        self.fill(&field("Given name"), &person.first_name).await?;
        self.fill(&field("Family name"), &person.last_name).await?;
        self.fill(&field("Username"), &person.username).await?;
        self.press(&any("//details//button[@class=\"action\"]"))
            .await
    }
}

impl Visit {
    /// Somebody new, signed in through the provider.
    pub async fn newcomer(&self) -> Result<Person> {
        let person = Person::new("grace");
        self.open("/sign-in").await?;
        self.browser.press(&continue_with()).await?;
        self.browser.arrives_as(&person).await?;
        self.browser.on("Hello, Ada").await?;
        Ok(person)
    }
}

async fn a_person_comes_through_the_provider(visit: Visit) -> Result<()> {
    let (browser, person) = (&visit.browser, visit.newcomer().await?);
    browser.reads(&person.email).await?;
    browser.reads("a linked account").await?;
    browser.arrives_at("/").await?;
    browser.reload().await?;
    browser.on("Hello, Ada").await?;
    browser.sign_out().await?;
    browser.on("Comprehensive Auth").await?;
    browser.go("Create account", "Create account").await?;
    browser.press(&continue_with()).await?;
    browser.arrives_as(&person).await?;
    browser.on("Hello, Ada").await?;
    browser.reads(&person.username).await
}

async fn who_declines_is_told(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.open("/sign-in").await?;
    browser.press(&continue_with()).await?;
    browser.press(&button("Decline")).await?;
    browser
        .reads("You did not agree at Development provider")
        .await?;
    browser.arrives_at("/sign-in?next=%2F").await
}

async fn a_provider_that_misbehaves_is_told_of(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.open("/sign-in").await?;
    browser.press(&continue_with()).await?;
    browser
        .press(&any("//summary[normalize-space()=\"Misbehave\"]"))
        .await?;
    browser
        .press(&any(
            "//select[@id=\"misbehave\"]/option[@value=\"wrong_nonce\"]",
        ))
        .await?;
    browser
        .press(&any("//ul[@class=\"people\"]/li[1]/button"))
        .await?;
    browser
        .reads("answered with something that can’t be trusted")
        .await
}

async fn who_comes_for_a_page_gets_there(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.open("/devices").await?;
    browser.on("Sign in").await?;
    browser.press(&continue_with()).await?;
    browser.arrives_as(&Person::new("grace")).await?;
    browser.on("Devices").await?;
    browser.arrives_at("/devices").await
}

async fn a_person_without_a_password_sets_one(visit: Visit) -> Result<()> {
    let (browser, person) = (&visit.browser, visit.newcomer().await?);
    let password = new_password();
    browser.go("Security", "Security").await?;
    browser.press(&button("Mail me a link")).await?;
    browser.reads("The mail is on its way.").await?;
    visit.follows_mail(&person.email, "/reset").await?;
    browser.fill(&field("New password"), &password).await?;
    browser.expect(401, "/profile");
    if visit.site.is_bearer() {
        browser.expect(401, "/refresh");
    }
    browser.press(&button("Set password")).await?;
    browser.reads("every device is signed out").await?;
    browser.press(&link("Sign in").within(&main())).await?;
    browser.sign_in(&person.with_password(&password)).await?;
    browser.on("Hello, Ada").await?;
    browser.reads("a password").await
}

impl Visit {
    /// Presses what deletes the account, and goes to the provider to prove who one is.
    async fn wants_to_delete_the_account(&self) -> Result<Locator> {
        let browser = &self.browser;
        browser.go("Security", "Security").await?;
        let delete = form("Delete account");
        let submit = button("Delete account").within(&delete);
        browser
            .press(&field("Delete my account and everything in it"))
            .await?;
        browser.press(&submit).await?;
        browser
            .press(&button("Confirm with Development provider"))
            .await?;
        Ok(submit)
    }
}

/// However fresh the sign-in is: it may be that of whoever used the browser last.
async fn a_person_without_a_password_proves_themselves_to_delete_the_account(
    visit: Visit,
) -> Result<()> {
    let (browser, person) = (&visit.browser, visit.newcomer().await?);
    let submit = visit.wants_to_delete_the_account().await?;
    browser.arrives_as(&person).await?;
    browser.reads("It is you. Press once more").await?;
    browser.press(&submit).await?;
    browser.on("Comprehensive Auth").await?;
    browser.misses(&heading("Security")).await
}

async fn who_proves_to_be_somebody_else_deletes_nothing(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.newcomer().await?;
    visit.wants_to_delete_the_account().await?;
    let other = Person::new("linus");
    browser.arrives_as(&other).await?;
    browser.on("Security").await?;
    browser.reads(&other.email).await?;
    browser.misses(&text("It is you.")).await
}

/// How long a sign-in counts as fresh on a server of one's own.
const FRESH: Duration = Duration::from_secs(5);

async fn a_person_without_a_password_proves_themselves_to_change_the_address(
    visit: Visit,
) -> Result<()> {
    let fresh = format!("{}s", FRESH.as_secs());
    let own = Own::start(visit.site.launch().flag("--reauth-within", fresh)).await?;
    let (browser, person) = (&visit.browser, Person::new("grace"));
    browser.open(&format!("{}/security", own.origin)).await?;
    browser.press(&continue_with()).await?;
    browser.arrives_as(&person).await?;
    browser.on("Security").await?;

    sleep(FRESH + Duration::from_secs(1)).await;
    let change = form("Change address");
    let address = Person::new("new").email;
    browser
        .fill(&field("New address").within(&change), &address)
        .await?;
    browser.expect(403, "/profile");
    browser
        .press(&button("Change address").within(&change))
        .await?;
    browser
        .press(&button("Confirm with Development provider"))
        .await?;
    browser.arrives_as(&person).await?;
    browser
        .reads("Nothing changes until its link is opened.")
        .await
}

/// A form from another site (127.0.0.1 is one to localhost) brings no flow cookie; the page
/// that answers posts it again.
async fn an_answer_by_form_signs_in(visit: Visit) -> Result<()> {
    let provider = spawn(Config::new)?;
    let setting = format!(
        "oidc,id=apple,name=Apple,issuer={},client_id=app,response_mode=form_post",
        provider.issuer()
    );
    let own = Own::start(visit.site.launch().flag("--provider", setting)).await?;
    let callback = format!("{}/api/auth/oauth/apple/callback", own.origin);
    provider.add_client(Client::public("app", [callback]))?;
    let browser = &visit.browser;
    browser.open(&format!("{}/sign-in", own.origin)).await?;
    browser.press(&button("Continue with Apple")).await?;
    browser.arrives_as(&Person::new("grace")).await?;
    browser.press(&button("Go back to the application")).await?;
    browser.on("Hello, Ada").await
}

async fn a_provider_takes_the_place_of_the_password_only(visit: Visit) -> Result<()> {
    let (browser, person) = (&visit.browser, visit.newcomer().await?);
    browser.go("Security", "Security").await?;
    let (mut app, _) = visit.adds_an_app().await?;
    browser.sign_out().await?;
    browser.on("Sign in").await?;
    visit.open("/sign-in?next=/devices").await?;
    browser.press(&continue_with()).await?;
    browser.arrives_as(&person).await?;
    visit.takes_the_step(&mut app).await?;
    browser.on("Devices").await?;
    browser.arrives_at("/devices").await
}
