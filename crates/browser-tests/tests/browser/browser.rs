//! A Chromium behind a ChromeDriver, or a Firefox behind a geckodriver.

use std::fs;
use std::sync::Mutex;

use anyhow::{Context as _, Result};
use fantoccini::cookies::Cookie;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::environment::{self, WEBDRIVER};
use crate::firefox::Geckodriver;
use crate::log::Log;

/// How Chromium runs: also as root and in a container, without a word to its makers, and
/// with pages in the background as awake as the one in front.
const ARGUMENTS: [&str; 15] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--hide-scrollbars",
    "--window-size=1280,900",
];

/// Which browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Debian's Chromium, which also tells of its console and network.
    Chromium,
    /// Debian's Firefox.
    Firefox,
}

/// A browser with a profile of its own.
#[derive(Debug)]
pub struct Browser {
    pub(crate) client: Client,
    pub(crate) log: Mutex<Log>,
    /// What drives a Firefox, which ends with it.
    driver: Option<Geckodriver>,
}

/// A session at a driver.
async fn connect(driver: &str, capabilities: Value) -> Result<Client> {
    let capabilities: Capabilities = serde_json::from_value(capabilities)?;
    let mut builder = ClientBuilder::new(HttpConnector::new());
    let session = builder.capabilities(capabilities).connect(driver).await;
    session.context("no browser")
}

/// A command that only ChromeDriver knows, or fantoccini doesn't.
#[derive(Debug)]
pub(crate) struct Vendor {
    pub(crate) path: &'static str,
    pub(crate) body: Value,
}

impl WebDriverCompatibleCommand for Vendor {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/{}", self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

impl Browser {
    /// Starts one.
    pub async fn start(kind: Kind) -> Result<Self> {
        match kind {
            Kind::Chromium => Self::start_chromium(json!({})).await,
            Kind::Firefox => {
                let driver = Geckodriver::start().await?;
                let client = connect(driver.url(), Geckodriver::capabilities()).await?;
                Ok(Self {
                    client,
                    log: Mutex::default(),
                    driver: Some(driver),
                })
            }
        }
    }

    /// Starts a Chromium whose settings are not the usual ones.
    pub async fn start_chromium(preferences: Value) -> Result<Self> {
        let capabilities = json!({
            "goog:chromeOptions": { "args": ARGUMENTS, "prefs": preferences },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        Ok(Self {
            client: connect(&environment::value(WEBDRIVER), capabilities).await?,
            log: Mutex::default(),
            driver: None,
        })
    }

    /// Which one it is.
    pub fn kind(&self) -> Kind {
        match self.driver {
            None => Kind::Chromium,
            Some(_) => Kind::Firefox,
        }
    }

    /// Ends it.
    pub async fn end(self) -> Result<()> {
        Ok(self.client.close().await?)
    }

    /// The same browser as if it had been nowhere: a tab of its own, and nothing kept.
    pub async fn renewed(self) -> Result<Self> {
        if self.kind() == Kind::Firefox {
            self.client.clone().close().await?;
            let driver = self.driver.context("nothing drives it")?;
            let client = connect(driver.url(), Geckodriver::capabilities()).await?;
            return Ok(Self {
                client,
                log: Mutex::default(),
                driver: Some(driver),
            });
        }
        let origins = self.origins().await?;
        let used = self.client.windows().await?;
        let fresh = self.client.new_window(true).await?.handle;
        for tab in used {
            self.turn_to(&tab).await?;
            self.client.close_window().await?;
        }
        self.turn_to(&fresh).await?;
        for origin in origins {
            let all = json!({ "origin": origin, "storageTypes": "all" });
            self.devtools("Storage.clearDataForOrigin", all).await?;
        }
        for command in ["Network.clearBrowserCookies", "Network.clearBrowserCache"] {
            self.devtools(command, json!({})).await?;
        }
        for log in ["browser", "performance"] {
            self.read_log(log).await?;
        }
        Ok(Self {
            log: Mutex::default(),
            ..self
        })
    }

    /// Runs a command of the Chrome DevTools Protocol in the present tab.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<Value> {
        let body = json!({ "cmd": command, "params": parameters });
        anyhow::ensure!(self.kind() == Kind::Chromium, "{command} in Firefox");
        let path = "goog/cdp/execute";
        Ok(self.client.issue_cmd(Vendor { path, body }).await?)
    }

    /// What was written to a log since the last time.
    pub(crate) async fn read_log(&self, kind: &str) -> Result<Vec<Value>> {
        if self.kind() == Kind::Firefox {
            return Ok(vec![]);
        }
        let body = json!({ "type": kind });
        let log = self.client.issue_cmd(Vendor {
            path: "se/log",
            body,
        });
        Ok(serde_json::from_value(log.await?)?)
    }

    /// Every secret that the browser keeps in a cookie; a Firefox only tells of those that
    /// belong to the present page.
    pub async fn cookies(&self) -> Result<Vec<(String, String)>> {
        if self.kind() == Kind::Firefox {
            let cookies = self.client.get_all_cookies().await?;
            let pair = |one: &Cookie<'_>| (one.name().to_owned(), one.value().to_owned());
            return Ok(cookies.iter().map(pair).collect());
        }
        let answer = self.devtools("Network.getAllCookies", json!({})).await?;
        let cookies = answer["cookies"].as_array().context("no cookies")?;
        let text =
            |cookie: &Value, name: &str| cookie[name].as_str().unwrap_or_default().to_owned();
        let pair = |cookie| (text(cookie, "name"), text(cookie, "value"));
        Ok(cookies.iter().map(pair).collect())
    }

    /// What there is to see when a flow failed, with a screenshot under the flow's name.
    pub async fn state(&self, flow: &str) -> String {
        let script = "return location.href + '\\n' + document.body.innerText";
        let page = self.client.execute(script, vec![]).await;
        let folder = environment::screenshots().join("failed");
        let file = folder.join(format!("{}.png", flow.replace("::", "-")));
        if let Ok(image) = self.client.screenshot().await {
            let _ = fs::create_dir_all(&folder);
            let _ = fs::write(&file, image);
        }
        let complaints = self.complaints().await.unwrap_or_default();
        let page = page.unwrap_or_default();
        let page = page.as_str().unwrap_or("the page does not answer");
        format!("{}\n{page}\n{complaints:#?}", file.display())
    }
}
