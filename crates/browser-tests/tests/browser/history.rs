//! What happened to one's account.

use anyhow::Result;

use crate::case::{Visit, cases};
use crate::locate::{any, button, text};

cases!(what_happened_is_read_part_by_part);

async fn what_happened_is_read_part_by_part(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    let person = visit.member_on("/security", "Security").await?;
    for _ in 0..21 {
        visit.device(&person, "Firefox/150 (Android)").await?;
    }
    let link = crate::locate::link("What happened to your account");
    browser.press(&link).await?;
    browser.on("What happened").await?;
    browser.counts(&any("//main//li"), 20).await?;
    browser.reads("by you").await?;
    browser.reads("Firefox on Android").await?;
    visit.looks_right("history").await?;
    browser.press(&button("Show more")).await?;
    browser.reads("There is nothing older.").await?;
    browser.sees(&text("Signed in")).await?;
    browser.misses(&button("Show more")).await
}
