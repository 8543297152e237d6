//! Signing out.

use anyhow::Result;

use crate::case::{Visit, cases};

cases!(
    a_sign_out_leads_to_the_first_page_and_lasts,
    a_sign_out_in_one_tab_signs_out_the_other,
);

async fn a_sign_out_leads_to_the_first_page_and_lasts(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.member_on("/sign-in", "Hello, Ada").await.map(drop)?;
    browser.sign_out().await?;
    browser.on("Comprehensive Auth").await?;
    // The browser stays known, as one that has signed in before, and a passkey would have been
    // bound to it.
    let cookies = browser.cookies().await?;
    let kept: Vec<_> = cookies.iter().map(|(name, _)| name).collect();
    assert!(
        kept.iter()
            .all(|name| name.starts_with("device-") || name.starts_with("flow-")),
        "{kept:?}"
    );
    visit.open("/profile").await?;
    browser.on("Sign in").await?;
    browser.arrives_at("/sign-in?next=%2Fprofile").await
}

async fn a_sign_out_in_one_tab_signs_out_the_other(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.member_on("/profile", "Profile").await?;
    let first = browser.tab().await?;
    browser.new_tab().await?;
    visit.open("/security").await?;
    browser.on("Security").await?;
    browser.sign_out().await?;
    browser.on("Sign in").await?;
    browser.turn_to(&first).await?;
    browser.on("Sign in").await
}
