//! Pages as people see them, without what compares strategies.

use anyhow::Result;
use auth_testkit::account::Person;
use auth_testkit::process::Launch;
use serde_json::json;

use crate::browser::Browser;
use crate::case::{Visit, cases};
use crate::locate::{any, button, field, link, main};
use crate::servers::{Own, Site, target};

cases!(
    people_see_no_laboratory,
    pages_are_whole_in_german,
    a_profile_has_a_language,
    a_person_meets_a_page_where_there_is_none,
    a_mail_is_shown_as_it_looks_and_leads_out,
);

/// A server with the pages that people see, and these settings.
async fn plain(settings: &[(&str, &str)]) -> Result<Own> {
    let launch = Site::Session.launch().flag("--pages", "on");
    let with = |launch: Launch, (flag, value): &(&str, &str)| launch.flag(flag, value);
    Own::start(settings.iter().fold(launch, with)).await
}

/// What there is of words that only who compares servers needs.
const LABORATORY: &str = "
    const words = ['Strategy', 'Store reads', 'What just happened', 'client.js', 'API description', 'cookie'];
    const text = document.body.innerText;
    return [...words.filter((one) => text.includes(one)),
        ...[...document.querySelectorAll('.switch, #panel')].map((one) => one.outerHTML)];
";

impl Browser {
    async fn shows_no_laboratory(&self) -> Result<()> {
        assert_eq!(self.script(LABORATORY).await?, json!([]));
        Ok(())
    }
}

async fn people_see_no_laboratory(visit: Visit) -> Result<()> {
    let (browser, own) = (&visit.browser, plain(&[]).await?);
    for (path, title) in [("/", "Comprehensive Auth"), ("/sign-in", "Sign in")] {
        browser.open(&format!("{}{path}", own.origin)).await?;
        browser.on(title).await?;
        browser.shows_no_laboratory().await?;
        visit
            .looks_right(&format!("plain-{}", path.trim_matches('/')))
            .await?;
    }
    Ok(())
}

async fn a_mail_is_shown_as_it_looks_and_leads_out(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.account().await?;
    visit.finds_mail(&person.email, "/verify").await?;
    let frame = browser.sees(&any("(//details[@open]//iframe)[1]")).await?;
    frame.enter_frame().await?;
    let look = "const button = document.querySelector('a');
        return getComputedStyle(button).backgroundColor !== 'rgba(0, 0, 0, 0)';";
    assert_eq!(browser.script(look).await?, true);
    browser
        .press(&any("(//a[contains(@href, \"/verify#\")])[1]"))
        .await?;
    browser.client.enter_parent_frame().await?;
    browser.on("Confirm your address").await
}

/// Ten pages in German, as everybody sees them who asks for nothing else.
async fn pages_are_whole_in_german(visit: Visit) -> Result<()> {
    let settings = [
        ("--language", "de"),
        ("--accent-color", "#ffb000"),
        ("--link-imprint", "https://example.org/impressum"),
        ("--passwordless", "mail"),
    ];
    let (browser, own) = (&visit.browser, plain(&settings).await?);
    browser.reads_only("xx").await?;
    let at = |path: &str| format!("{}{path}", own.origin);
    for (path, title) in [
        ("/sign-up", "Konto erstellen"),
        ("/forgot", "Passwort vergessen?"),
        ("/reset#token=x", "Neues Passwort festlegen"),
        ("/verify", "E-Mail-Adresse bestätigen"),
        ("/mail-code", "Mit Code per E-Mail anmelden"),
    ] {
        browser.open(&at(path)).await?;
        browser.on(title).await?;
        visit.looks_right(&format!("de{}", name_of(path))).await?;
    }
    let person = Person::new("ada");
    target(&own.origin)?.confirmed_by_mail(&person).await?;
    browser.open(&at("/sign-in?next=/profile")).await?;
    browser.on("Anmelden").await?;
    visit.looks_right("de-sign-in").await?;
    browser
        .fill(&field("Benutzername oder E-Mail-Adresse"), &person.username)
        .await?;
    browser.fill(&field("Passwort"), &person.password).await?;
    browser.press(&button("Anmelden").within(&main())).await?;
    for (path, title) in [
        ("/profile", "Profil"),
        ("/security", "Sicherheit"),
        ("/devices", "Geräte"),
        ("/", "Hallo, Ada"),
    ] {
        if path != "/profile" {
            browser.open(&at(path)).await?;
        }
        browser.on(title).await?;
        visit.looks_right(&format!("de{}", name_of(path))).await?;
    }
    Ok(())
}

fn name_of(path: &str) -> String {
    let path = path.split('#').next().unwrap_or(path);
    path.replace('/', "-")
}

async fn a_profile_has_a_language(visit: Visit) -> Result<()> {
    let (browser, own) = (&visit.browser, plain(&[]).await?);
    let person = Person::new("ada");
    target(&own.origin)?.confirmed_by_mail(&person).await?;
    browser
        .open(&format!("{}/sign-in?next=/profile", own.origin))
        .await?;
    browser.sign_in(&person).await?;
    browser.on("Profile").await?;
    let german = any("//select[@name=\"language\"]/option[@value=\"de\"]");
    browser.press(&german).await?;
    browser.press(&button("Save")).await?;
    browser.on("Profil").await?;
    browser.press(&any("//nav//button[.=\"Abmelden\"]")).await?;
    browser.on("Anmelden").await?;
    // The server goes with this flow, and the page would still ask it for a passkey.
    browser.open("about:blank").await
}

async fn a_person_meets_a_page_where_there_is_none(visit: Visit) -> Result<()> {
    let (browser, own) = (&visit.browser, plain(&[]).await?);
    for path in ["/nowhere", "/api/auth/nowhere"] {
        browser.expect(404, path);
        browser.open(&format!("{}{path}", own.origin)).await?;
        browser.on("There is nothing at this address").await?;
        browser.reads("this number helps: ").await?;
    }
    visit.looks_right("error").await?;
    browser.press(&link("Back to the start")).await?;
    browser.on("Comprehensive Auth").await
}

impl Browser {
    /// Has the browser ask for these languages.
    async fn reads_only(&self, languages: &str) -> Result<()> {
        let agent = self.script("return navigator.userAgent").await?;
        let asked = json!({ "userAgent": agent, "acceptLanguage": languages });
        self.devtools("Network.setUserAgentOverride", asked).await?;
        Ok(())
    }
}
