//! Pictures of the pages.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::browser::Browser;
use crate::case::Visit;
use crate::environment::screenshots;
use crate::screen::Scheme;

/// A phone, a tablet and a desk, in CSS pixels.
const SCREENS: [(u32, u32); 3] = [(320, 640), (768, 1024), (1280, 800)];

const EXCESS: &str =
    "return document.documentElement.scrollWidth - document.documentElement.clientWidth";

/// Messages and controls that touch what is above or below them.
const TOUCHING: &str = "
    const seen = [...document.querySelectorAll('main .notice, main .button, dialog .button, dialog .notice')]
        .filter((one) => one.checkVisibility());
    const touch = (a, b) => {
        const [one, two] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
        const beside = one.right <= two.left || two.right <= one.left;
        const gap = Math.max(two.top - one.bottom, one.top - two.bottom);
        return !beside && gap < 6 && !a.contains(b) && !b.contains(a) && !a.closest('dialog') === !b.closest('dialog');
    };
    return seen.flatMap((one, n) => seen.slice(n + 1).filter((two) => touch(one, two))
        .map((two) => one.textContent + ' | ' + two.textContent));
";

impl Visit {
    /// Expects that the page of the moment can be used by everybody, in light and dark, and
    /// fits on every screen. Takes pictures of it.
    pub async fn looks_right(&self, name: &str) -> Result<()> {
        let browser = &self.browser;
        for scheme in [Scheme::Dark, Scheme::Light] {
            browser.prefers(scheme).await?;
            browser
                .is_accessible(&format!("{name}, {}", scheme.name()))
                .await?;
        }
        for (width, height) in SCREENS {
            browser.resize(width, height).await?;
            let excess = browser.script(EXCESS).await?.as_i64();
            ensure!(
                excess == Some(0),
                "{name} is {excess:?} px too wide for {width}"
            );
            let touching = browser.script(TOUCHING).await?;
            ensure!(touching == json!([]), "{name} at {width}: {touching} touch");
            browser.photograph(&format!("{name}-{width}-light")).await?;
        }
        browser.prefers(Scheme::Dark).await?;
        browser.photograph(&format!("{name}-1280-dark")).await
    }
}

impl Browser {
    async fn photograph(&self, name: &str) -> Result<()> {
        let folder = screenshots();
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let image = self.client.screenshot().await?;
        fs::write(folder.join(format!("{name}.png")), image)?;
        Ok(())
    }
}
