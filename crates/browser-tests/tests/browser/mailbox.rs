//! The page with the mails of a development server.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::case::Visit;
use crate::locate::{Locator, any};

/// How long a mail may be on its way.
const DELIVERY: Duration = Duration::from_secs(20);

/// A mail on the page: the latest to this address with a link to such a page.
fn mail(to: &str, page: &str) -> Locator {
    any(format!(
        "(//main//details[summary[contains(., \"{to}\")]][.//a[contains(@href, \"{page}#\")]])[1]"
    ))
}

impl Visit {
    /// Waits for a mail to this address with a link to a page such as `/verify`, opens it
    /// in the mailbox page, and gives the link.
    pub async fn finds_mail(&self, to: &str, page: &str) -> Result<Locator> {
        let is_it = |mail: &auth_testkit::Mail| mail.link().is_some_and(|url| url.path() == page);
        let target = self.target().await?;
        target.mailbox.wait_for(to, &is_it, DELIVERY).await?;

        let browser = &self.browser;
        self.open("/dev/mailbox").await?;
        browser.on("Development mailbox").await?;
        let mail = mail(to, page);
        let shown = browser.glimpse(&mail).await?.context("no such mail")?;
        if shown.attr("open").await?.is_none() {
            browser.press(&any("/summary").within(&mail)).await?;
        }
        let link = format!("//pre//a[contains(@href, \"{page}#\")]");
        Ok(any(link).within(&mail))
    }

    /// The same, and follows the link.
    pub async fn follows_mail(&self, to: &str, page: &str) -> Result<()> {
        let link = self.finds_mail(to, page).await?;
        self.browser.press(&link).await
    }
}
