//! From one server to another, with the same pages.

use anyhow::Result;
use test_services::free_port;

use crate::case::{Visit, cases};
use crate::locate::{any, button, switch};
use crate::log::NO_ANSWER;
use crate::provider::continue_with;
use crate::servers::{Own, Site};

cases!(
    the_pages_move_to_another_server_and_back,
    a_provider_of_another_server_leads_back_to_these_pages,
    a_server_that_does_not_run_is_told_of,
);

impl Visit {
    /// Moves the pages to another server.
    async fn move_to(&self, site: Site) -> Result<String> {
        let origin = self.servers.origin(site).await?;
        self.browser.press(&switch()).await?;
        let offer = button(&format!("Use this server, {origin}"));
        self.browser.press(&offer).await?;
        self.browser.misses(&any("//dialog")).await?;
        Ok(origin)
    }

    /// Waits until the switch says what kind of server is in use.
    async fn uses(&self, name: &str) -> Result<()> {
        let says = format!("//button[@class=\"switch\"][contains(., \"{name}\")]");
        self.browser.sees(&any(says)).await.map(drop)
    }
}

async fn the_pages_move_to_another_server_and_back(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.member_on("/profile", "Profile").await?;
    visit.uses("session · cookie").await?;

    let jwt = visit.move_to(Site::Jwt).await?;
    browser.on("Sign in").await?;
    visit.uses("jwt · bearer token").await?;
    browser.sign_in(&person).await?;
    browser.on("Profile").await?;
    browser.arrives_at("/profile").await?;
    let requests = browser.requests().await?;
    let asked = requests.iter().filter(|one| one.authorization.is_some());
    let asked: Vec<_> = asked.collect();
    assert!(
        !asked.is_empty() && asked.iter().all(|one| one.url.starts_with(&jwt)),
        "{asked:?}"
    );

    browser.reload().await?;
    browser.on("Profile").await?;
    visit.uses("jwt · bearer token").await?;

    visit.move_to(Site::Session).await?;
    visit.uses("session · cookie").await?;
    browser.on("Profile").await?;
    browser.arrives_at("/profile").await?;
    browser.go("Devices", "Devices").await?;
    browser.counts(&any("//main//li"), 2).await
}

async fn a_provider_of_another_server_leads_back_to_these_pages(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.open("/sign-in?next=/devices").await?;
    browser.on("Sign in").await?;
    visit.move_to(Site::Oauth).await?;
    browser.press(&continue_with()).await?;
    browser
        .arrives_as(&auth_testkit::account::Person::new("grace"))
        .await?;
    browser.on("Devices").await?;
    let here = browser.script("return location.origin").await?;
    assert_eq!(here, visit.servers.origin(visit.site).await?.as_str());
    Ok(())
}

async fn a_server_that_does_not_run_is_told_of(visit: Visit) -> Result<()> {
    let nobody = format!("http://localhost:{}", free_port()?);
    let launch = visit.site.launch().flag("--trusted-origin", &nobody);
    let (browser, own) = (&visit.browser, Own::start(launch).await?);
    browser.open(&own.origin).await?;
    browser.on("Comprehensive Auth").await?;
    browser.expect(NO_ANSWER, "/strategy");
    browser.press(&switch()).await?;
    browser
        .sees(&any("//dialog//span[.=\"not running\"]"))
        .await?;
    browser.press(&button("Close")).await?;

    browser
        .script(&format!("localStorage.setItem('auth:server', '{nobody}')"))
        .await?;
    browser.reload().await?;
    browser.on("The server can’t be reached").await?;
    visit.looks_right("unreachable").await?;
    browser.press(&button("Choose another server")).await?;
    browser
        .press(&button(&format!("Use this server, {}", own.origin)))
        .await?;
    browser.on("Comprehensive Auth").await
}
