//! Accounts at a provider that lead to an account here.

use anyhow::Result;

use crate::case::{Visit, cases};
use crate::locate::{any, button};
use crate::provider::continue_with;

cases!(
    an_identity_is_linked_and_unlinked,
    the_last_way_to_sign_in_stays,
    an_account_that_exists_is_signed_in_to_and_linked,
);

async fn an_identity_is_linked_and_unlinked(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.member_on("/linked", "Linked accounts").await?;
    browser.reads("Nothing is linked yet.").await?;
    browser.press(&button("Link Development provider")).await?;
    browser.arrives_as(&person).await?;
    browser.on("Linked accounts").await?;
    browser
        .counts(&any("//main//li[@class=\"item\"]"), 1)
        .await?;
    browser
        .press(&button("Unlink Development provider"))
        .await?;
    browser.reads("Nothing is linked yet.").await
}

async fn the_last_way_to_sign_in_stays(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.newcomer().await?;
    browser.go("Linked accounts", "Linked accounts").await?;
    browser.expect(409, "/identities/");
    browser
        .press(&button("Unlink Development provider"))
        .await?;
    browser
        .reads("is your last way to sign in, so it stays")
        .await?;
    browser
        .press(&crate::locate::link("have a link mailed to you"))
        .await?;
    browser.on("Security").await
}

async fn an_account_that_exists_is_signed_in_to_and_linked(visit: Visit) -> Result<()> {
    let (browser, person) = (&visit.browser, visit.account().await?);
    visit.open("/sign-in").await?;
    browser.press(&continue_with()).await?;
    browser.arrives_as(&person).await?;
    browser.reads("exists here already. Sign in to it").await?;
    browser.sign_in(&person).await?;
    browser.arrives_as(&person).await?;
    browser.on("Linked accounts").await?;
    browser
        .counts(&any("//main//li[@class=\"item\"]"), 1)
        .await?;
    browser.sign_out().await?;
    browser.on("Sign in").await?;
    browser.press(&continue_with()).await?;
    browser.arrives_as(&person).await?;
    browser.on("Hello, Ada").await
}
