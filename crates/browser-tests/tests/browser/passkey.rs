//! Passkeys, in an authenticator that only this browser has (WebAuthn level 3, 11).

use anyhow::Result;
use auth_testkit::account::Person;
use serde_json::json;

use crate::browser::{Browser, Vendor};
use crate::case::{Visit, cases};
use crate::locate::{button, field, form, main};

cases!(
    a_passkey_signs_in_alone,
    a_passkey_fills_in_the_sign_in,
    a_passkey_is_the_second_step,
    a_device_makes_one_passkey_for_an_account,
    a_passkey_that_was_removed_signs_nobody_in,
    an_older_browser_has_passkeys_too,
);

impl Browser {
    /// Gives the present tab an authenticator like a phone's, whose owner always agrees.
    pub async fn with_authenticator(&self) -> Result<()> {
        let body = json!({
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserVerified": true,
            "isUserConsenting": true,
        });
        let path = "webauthn/authenticator";
        self.client.issue_cmd(Vendor { path, body }).await?;
        Ok(())
    }

    /// Keeps the browser from offering passkeys by itself, which that owner agrees to at once.
    async fn offers_no_passkey(&self) -> Result<()> {
        let none = "PublicKeyCredential.isConditionalMediationAvailable = async () => false";
        self.script(none).await.map(drop)
    }
}

impl Visit {
    /// Makes a passkey on the page of the moment.
    async fn makes_a_passkey(&self, name: &str) -> Result<()> {
        let (browser, add) = (&self.browser, form("Add a passkey"));
        browser.press(&button("Add a passkey")).await?;
        browser.fill(&field("Name").within(&add), name).await?;
        browser.press(&button("Make a passkey")).await
    }

    /// Somebody with a passkey on this device, on the page where it is looked after.
    async fn with_passkey(&self) -> Result<Person> {
        let person = self.member_on("/security", "Security").await?;
        self.browser.with_authenticator().await?;
        self.makes_a_passkey("Laptop").await?;
        self.browser.reads("Keep these where you find them").await?;
        self.browser.press(&button("I have kept them")).await?;
        self.browser.reads("Laptop").await?;
        Ok(person)
    }
}

async fn a_passkey_signs_in_alone(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.with_passkey().await?;
    browser.offers_no_passkey().await?;
    browser.sign_out().await?;
    browser.on("Sign in").await?;
    browser.press(&button("Sign in with a passkey")).await?;
    browser.on("Hello, Ada").await
}

async fn a_passkey_fills_in_the_sign_in(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.with_passkey().await?;
    browser.sign_out().await?;
    browser.on("Hello, Ada").await?;
    browser.go("Security", "Security").await?;
    browser.reads("last used").await
}

async fn a_passkey_is_the_second_step(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.with_passkey().await?;
    browser.offers_no_passkey().await?;
    browser.sign_out().await?;
    browser.on("Sign in").await?;
    browser.sign_in(&person).await?;
    browser.on("Second step").await?;
    visit.looks_right("second-step-passkey").await?;
    let passkey = button("Use your passkey").within(&main());
    browser.press(&passkey).await?;
    browser.on("Hello, Ada").await
}

async fn a_device_makes_one_passkey_for_an_account(visit: Visit) -> Result<()> {
    visit.with_passkey().await?;
    visit.makes_a_passkey("Laptop again").await?;
    visit.browser.reads("This device has a passkey").await
}

async fn a_passkey_that_was_removed_signs_nobody_in(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.with_passkey().await?;
    browser.offers_no_passkey().await?;
    browser.press(&button("Remove Laptop")).await?;
    browser.press(&button("Remove it: Laptop")).await?;
    browser.reads("Ask for more than a password").await?;
    browser.sign_out().await?;
    browser.on("Sign in").await?;
    browser.expect(401, "/login/factor");
    browser.press(&button("Sign in with a passkey")).await?;
    browser.reads("This passkey is not known here").await
}

/// What browsers have had for a short time only.
const OLDER: &str = "
    for (const name of ['parseCreationOptionsFromJSON', 'parseRequestOptionsFromJSON']) {
        delete PublicKeyCredential[name];
    }
    delete PublicKeyCredential.prototype.toJSON;
";

async fn an_older_browser_has_passkeys_too(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.member_on("/security", "Security").await?;
    browser.script(OLDER).await?;
    browser.with_authenticator().await?;
    browser.offers_no_passkey().await?;
    visit.makes_a_passkey("Laptop").await?;
    browser.press(&button("I have kept them")).await?;
    browser.sign_out().await?;
    browser.on("Sign in").await?;
    browser.press(&button("Sign in with a passkey")).await?;
    browser.on("Hello, Ada").await
}
