//! What happened to one's account.

use anyhow::Result;

use crate::case::{Visit, cases};
use crate::locate::{any, button, text};

cases!(what_happened_is_read_part_by_part);

async fn what_happened_is_read_part_by_part(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.member_on("/security", "Security").await?;
    let stranger = visit.target().await?.client().await?;
    let stranger = stranger.named("Firefox/150 (Android)");
    for _ in 0..21 {
        let guess = stranger.login(&person.username, "not the password").await?;
        guess.is(401)?;
    }
    let link = crate::locate::link("What happened to your account");
    browser.press(&link).await?;
    browser.on("What happened").await?;
    browser.counts(&any("//main//li"), 20).await?;
    browser.reads("Sign-in failed").await?;
    browser.reads("by somebody who was not signed in").await?;
    browser.press(&button("Show more")).await?;
    browser.reads("There is nothing older.").await?;
    browser.sees(&text("Signed in")).await?;
    browser.reads("by you").await?;
    browser.misses(&button("Show more")).await
}
