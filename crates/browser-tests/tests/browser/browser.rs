//! A Chromium behind a ChromeDriver.

use std::fs;
use std::sync::Mutex;

use anyhow::{Context as _, Result};
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::environment::{self, WEBDRIVER};
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

/// A browser with a profile of its own.
#[derive(Debug)]
pub struct Browser {
    pub(crate) client: Client,
    pub(crate) log: Mutex<Log>,
}

/// A command that only ChromeDriver knows.
#[derive(Debug)]
struct Vendor {
    path: &'static str,
    body: Value,
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
    pub async fn start() -> Result<Self> {
        let capabilities = json!({
            "goog:chromeOptions": { "args": ARGUMENTS },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let capabilities: Capabilities = serde_json::from_value(capabilities)?;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder
            .capabilities(capabilities)
            .connect(&environment::value(WEBDRIVER))
            .await
            .context("no browser")?;
        Ok(Self {
            client,
            log: Mutex::default(),
        })
    }

    /// Ends it.
    pub async fn end(self) -> Result<()> {
        Ok(self.client.close().await?)
    }

    /// The same browser as if it had been nowhere: a tab of its own, and nothing kept.
    pub async fn renewed(self) -> Result<Self> {
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
            client: self.client,
            log: Mutex::default(),
        })
    }

    /// Runs a command of the Chrome DevTools Protocol in the present tab.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<Value> {
        let body = json!({ "cmd": command, "params": parameters });
        let path = "goog/cdp/execute";
        Ok(self.client.issue_cmd(Vendor { path, body }).await?)
    }

    /// What was written to a log since the last time.
    pub(crate) async fn read_log(&self, kind: &str) -> Result<Vec<Value>> {
        let body = json!({ "type": kind });
        let log = self.client.issue_cmd(Vendor {
            path: "se/log",
            body,
        });
        Ok(serde_json::from_value(log.await?)?)
    }

    /// Every secret that the browser keeps in a cookie.
    pub async fn cookies(&self) -> Result<Vec<(String, String)>> {
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
