//! What a person does with a browser. Everything waits for what it needs.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use fantoccini::elements::Element;
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::wd::WindowHandle;
use fantoccini::{Locator as Strategy, key::Key};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::browser::Browser;
use crate::locate::{self, Locator, heading};

/// How long something may take to appear on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

const POLL: Duration = Duration::from_millis(25);

/// Waits until something is there.
pub async fn eventually<T>(what: &str, look: impl AsyncFn() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        if Instant::now() > deadline {
            bail!("waited for {what} in vain");
        }
        sleep(POLL).await;
    }
}

impl Browser {
    /// Opens an address.
    pub async fn open(&self, url: &str) -> Result<()> {
        Ok(self.client.goto(url).await?)
    }

    /// Loads the page anew.
    pub async fn reload(&self) -> Result<()> {
        Ok(self.client.refresh().await?)
    }

    /// The path and query of the present address.
    pub async fn path(&self) -> Result<String> {
        let path = "return location.pathname + location.search + location.hash";
        let path = self.script(path).await?;
        Ok(path.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the present address is at this path.
    pub async fn arrives_at(&self, path: &str) -> Result<()> {
        let there = async || Ok((self.path().await? == path).then_some(()));
        eventually(path, there).await
    }

    /// Runs a script in the page.
    pub async fn script(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, vec![]).await?)
    }

    /// Waits until something is to be seen.
    pub async fn sees(&self, wanted: &Locator) -> Result<Element> {
        let look = async || {
            for element in self.all(wanted).await? {
                if ready(element.is_displayed().await)? == Some(true) {
                    return Ok(Some(element));
                }
            }
            Ok(None)
        };
        eventually(&wanted.to_string(), look).await
    }

    /// What is there now, to be seen or not.
    pub async fn glimpse(&self, wanted: &Locator) -> Result<Option<Element>> {
        Ok(self.all(wanted).await?.into_iter().next())
    }

    /// Waits until nothing of the kind is to be seen.
    pub async fn misses(&self, unwanted: &Locator) -> Result<()> {
        let look = async || Ok(self.all(unwanted).await?.is_empty().then_some(()));
        let what = format!("the end of {unwanted}");
        eventually(&what, look).await
    }

    /// Waits until there are so many.
    pub async fn counts(&self, wanted: &Locator, count: usize) -> Result<()> {
        let look = async || Ok((self.all(wanted).await?.len() == count).then_some(()));
        eventually(&format!("{count} of {wanted}"), look).await
    }

    /// Waits for the heading of a page.
    pub async fn on(&self, title: &str) -> Result<()> {
        self.sees(&heading(title)).await.map(drop)
    }

    /// Waits for a piece of text in the content of the page.
    pub async fn reads(&self, text: &str) -> Result<()> {
        self.sees(&locate::text(text)).await.map(drop)
    }

    /// What there is to read somewhere.
    pub async fn text(&self, place: &Locator) -> Result<String> {
        Ok(self.sees(place).await?.text().await?)
    }

    /// An attribute of something on the page.
    pub async fn attribute(&self, place: &Locator, name: &str) -> Result<Option<String>> {
        Ok(self.sees(place).await?.attr(name).await?)
    }

    /// Presses with the mouse.
    pub async fn press(&self, place: &Locator) -> Result<()> {
        let press = async || {
            let element = self.sees(place).await?;
            ready(element.click().await)
        };
        eventually(&format!("{place} to press"), press).await
    }

    /// Types into a field what it is to hold.
    pub async fn fill(&self, place: &Locator, value: &str) -> Result<()> {
        let fill = async || {
            let element = self.sees(place).await?;
            let cleared = ready(element.clear().await)?;
            match cleared {
                Some(()) => ready(element.send_keys(value).await),
                None => Ok(None),
            }
        };
        eventually(&format!("{place} to type into"), fill).await
    }

    /// Types where the focus is.
    pub async fn types(&self, keys: &str) -> Result<()> {
        let focused = self.client.active_element().await?;
        Ok(focused.send_keys(keys).await?)
    }

    /// Presses a key where the focus is.
    pub async fn hits(&self, key: Key) -> Result<()> {
        self.types(&char::from(key).to_string()).await
    }

    /// Opens a tab and turns to it.
    pub async fn new_tab(&self) -> Result<WindowHandle> {
        let tab = self.client.new_window(true).await?.handle;
        self.turn_to(&tab).await?;
        Ok(tab)
    }

    /// The present tab.
    pub async fn tab(&self) -> Result<WindowHandle> {
        Ok(self.client.window().await?)
    }

    /// Turns to another tab.
    pub async fn turn_to(&self, tab: &WindowHandle) -> Result<()> {
        Ok(self.client.switch_to_window(tab.clone()).await?)
    }

    async fn all(&self, wanted: &Locator) -> Result<Vec<Element>> {
        let found = self.client.find_all(Strategy::XPath(wanted.as_str())).await;
        found.with_context(|| wanted.to_string())
    }
}

/// What came of an element, unless the page was just changing it: then it is worth
/// another look.
fn ready<T>(outcome: Result<T, CmdError>) -> Result<Option<T>> {
    match outcome {
        Ok(found) => Ok(Some(found)),
        Err(error) if is_passing(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn is_passing(error: &CmdError) -> bool {
    let CmdError::Standard(error) = error else {
        return false;
    };
    matches!(
        error.error,
        ErrorStatus::StaleElementReference
            | ErrorStatus::ElementClickIntercepted
            | ErrorStatus::ElementNotInteractable
            | ErrorStatus::NoSuchElement
    )
}
