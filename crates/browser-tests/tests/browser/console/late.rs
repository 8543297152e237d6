//! Answers that come when somebody looks for something else already.

use anyhow::Result;
use serde_json::Value;

use crate::browser::Browser;
use crate::case::Visit;
use crate::console::{Scene, row};
use crate::drive::eventually;
use crate::locate::{any, button, field};

/// Has the page get the audit trail line by line, and the first line that is not the first of a
/// search only when `release` is called.
const LINE_BY_LINE: &str = "
    const real = window.fetch;
    const released = new Promise((done) => (window.release = done));
    window.fetch = async (url, init) => {
        const { pathname, searchParams } = new URL(url, location);
        if (!pathname.endsWith('/audit')) return real(url, init);
        searchParams.set('limit', 1);
        if (searchParams.has('cursor')) {
            window.held = true;
            await released;
        }
        return real(`${pathname}?${searchParams}`, init);
    };
";

const KEEP_MORE: &str = "
    const buttons = [...document.querySelectorAll('main button')];
    window.more = buttons.find((one) => one.textContent === 'Show more');
";

/// The event of the lines that are looked for first.
const ROLE: &str = "admin_role_changed";

impl Scene {
    /// Opens the audit trail, where roles have been changed three times, with an event looked
    /// for, and has it come line by line.
    async fn audit_line_by_line(&self, event: &str) -> Result<&Browser> {
        let browser = self.browser();
        let ada = self.somebody("ada").await?;
        for role in ["support", "none"] {
            let name = ada.person.username.as_str();
            self.own.authctl(&["user", "role", name, role]).await?;
        }
        self.enter_as_admin("/audit").await?;
        browser.on("Audit trail").await?;
        browser.script(LINE_BY_LINE).await?;
        browser.looks_for(event).await?;
        Ok(browser)
    }
}

impl Browser {
    /// Looks for lines of an event.
    async fn looks_for(&self, event: &str) -> Result<()> {
        self.fill(&field("Event"), event).await?;
        self.press(&button("Look")).await
    }

    /// Waits until a script gives `true`.
    async fn meets(&self, script: &str) -> Result<()> {
        let met = async || {
            let met = self.script(script).await?;
            Ok((met == Value::Bool(true)).then_some(()))
        };
        eventually(script, met).await
    }
}

pub async fn a_late_part_is_not_put_under_another_search(visit: Visit) -> Result<()> {
    let scene = Scene::start(&visit).await?;
    let browser = scene.audit_line_by_line(ROLE).await?;
    let (lines, more) = (any("//main//tbody/tr"), button("Show more"));
    browser.counts(&row(ROLE), 1).await?;
    browser.counts(&lines, 1).await?;
    // It is busy until what it has asked for is dealt with, even when it is gone from the page.
    browser.script(KEEP_MORE).await?;
    browser.press(&more).await?;
    browser.meets("return window.held === true").await?;
    browser.looks_for("admin_account_deleted").await?;
    browser.reads("Nothing is found.").await?;
    browser.script("window.release()").await?;
    browser
        .meets("return !window.more.hasAttribute('aria-disabled')")
        .await?;
    assert!(browser.glimpse(&lines).await?.is_none());
    assert!(browser.glimpse(&more).await?.is_none());
    Ok(())
}

pub async fn a_download_is_of_one_search_alone(visit: Visit) -> Result<()> {
    let scene = Scene::start(&visit).await?;
    let browser = scene.audit_line_by_line(ROLE).await?;
    browser.counts(&row(ROLE), 1).await?;
    browser.press(&button("Download")).await?;
    browser.meets("return window.held === true").await?;
    browser.looks_for("admin_account_deleted").await?;
    browser.reads("Nothing is found.").await?;
    browser.script("window.release()").await?;
    browser.reads("3 lines are in the file.").await
}
