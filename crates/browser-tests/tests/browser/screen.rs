//! The screen: its width and its colours.

use anyhow::Result;
use serde_json::json;

use crate::browser::Browser;
use crate::case::{Visit, cases};
use crate::drive::eventually;

cases!(
    colours_follow_the_system,
    whoever_wants_no_motion_gets_none,
    colours_of_ones_own_show_the_current_page,
    paper_has_no_buttons,
);

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Scheme {
    /// Its name in CSS.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Browser {
    /// Makes the screen this large, in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", size)
            .await?;
        Ok(())
    }

    /// Has the system want these colours, and nothing move.
    pub async fn prefers(&self, scheme: Scheme) -> Result<()> {
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme.name() },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        let media = json!({ "features": features });
        self.devtools("Emulation.setEmulatedMedia", media).await?;
        Ok(())
    }
}

const GROUND: &str = "return getComputedStyle(document.body).backgroundColor";

async fn colours_follow_the_system(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.open("/").await?;
    browser.on("Comprehensive Auth").await?;
    browser.prefers(Scheme::Light).await?;
    let light = browser.script(GROUND).await?;
    browser.prefers(Scheme::Dark).await?;
    assert_ne!(browser.script(GROUND).await?, light);
    Ok(())
}

/// How many seconds colours take to change.
const TRANSITION: &str = "
    const button = document.querySelector('.button');
    return parseFloat(getComputedStyle(button).transitionDuration);
";

async fn whoever_wants_no_motion_gets_none(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.open("/").await?;
    browser.on("Comprehensive Auth").await?;
    assert_ne!(browser.script(TRANSITION).await?.as_f64(), Some(0.0));
    browser.prefers(Scheme::Light).await?;
    assert_eq!(browser.script(TRANSITION).await?.as_f64(), Some(0.0));
    Ok(())
}

/// The lines under the first two links between the pages; the first is the current one.
const LINES: &str = "
    const links = [...document.querySelectorAll('nav a')].slice(0, 2);
    return links.map((one) => getComputedStyle(one).borderBottomColor);
";

async fn colours_of_ones_own_show_the_current_page(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.open("/").await?;
    browser.on("Comprehensive Auth").await?;
    let forced = json!({ "features": [{ "name": "forced-colors", "value": "active" }] });
    browser
        .devtools("Emulation.setEmulatedMedia", forced)
        .await?;
    // Colours take a moment to change.
    let differ = async || {
        let lines = browser.script(LINES).await?;
        Ok((lines[0] != lines[1]).then_some(()))
    };
    eventually("a line of its own for the current page", differ).await
}

/// What of the frame and of the buttons is still there.
const BUTTONS: &str = "
    const all = [...document.querySelectorAll('nav, footer, button, .button')];
    return all.filter((one) => one.checkVisibility()).map((one) => one.outerHTML);
";

async fn paper_has_no_buttons(visit: Visit) -> Result<()> {
    let browser = &visit.browser;
    visit.member_on("/devices", "Devices").await?;
    let paper = json!({ "media": "print" });
    browser
        .devtools("Emulation.setEmulatedMedia", paper)
        .await?;
    assert_eq!(browser.script(BUTTONS).await?, json!([]));
    browser.reads("this device").await
}
