//! A flow that is tried in a browser, and the tests that come of it.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use futures_util::FutureExt as _;
use libtest_mimic::{Failed, Trial};
use tokio::time::timeout;

use crate::browser::{Browser, Kind};
use crate::environment::{self, AXE, GECKODRIVER, WEBDRIVER};
use crate::servers::{Servers, Site};

/// No flow takes this long, unless something hangs.
const PATIENCE: Duration = Duration::from_secs(150);

/// What a flow works with: a server, and a browser that has been nowhere yet.
#[derive(Clone)]
pub struct Visit {
    /// All servers.
    pub servers: Arc<Servers>,
    /// The one that this is about.
    pub site: Site,
    /// The browser.
    pub browser: Arc<Browser>,
}

type Flow = fn(Visit) -> Pin<Box<dyn Future<Output = Result<()>>>>;

/// A flow and its name.
#[derive(Clone, Copy)]
pub struct Case {
    name: &'static str,
    flow: Flow,
}

impl Case {
    /// A flow under the name of its function.
    pub const fn new(name: &'static str, flow: Flow) -> Self {
        Self { name, flow }
    }

    /// Whether this is a flow of this name.
    pub fn is(&self, name: &str) -> bool {
        self.name.rsplit("::").next() == Some(name)
    }

    fn trial(self, servers: &Arc<Servers>, site: Site, kind: Kind) -> Trial {
        let (_, name) = self.name.split_once("::").unwrap_or(("", self.name));
        let (browser, needs): (_, &[_]) = match kind {
            Kind::Chromium => ("browser", &[WEBDRIVER, AXE]),
            Kind::Firefox => ("browser::firefox", &[GECKODRIVER]),
        };
        let name = format!("{browser}::{}::{name}", site.name());
        let servers = Arc::clone(servers);
        let mark = name.clone();
        environment::trial(name, needs, move || {
            let runtime = servers.runtime();
            let outcome = runtime.block_on(self.run(servers, site, kind, &mark));
            outcome.map_err(|error| Failed::from(format!("{error:#}")))
        })
    }

    /// Runs the flow, and looks at what the browser complained of. A browser that did not
    /// is of use to the next flow.
    async fn run(self, servers: Arc<Servers>, site: Site, kind: Kind, name: &str) -> Result<()> {
        // Starting servers is not part of what a flow may take.
        servers.origin(site).await?;
        let browser = Arc::new(servers.browsers.take(kind).await?);
        let visit = Visit {
            servers: Arc::clone(&servers),
            site,
            browser: Arc::clone(&browser),
        };
        let outcome = match self.bounded(visit).await {
            Ok(()) => clean(&browser).await,
            Err(error) => Err(error).context(browser.state(name).await),
        };
        let browser = Arc::into_inner(browser).context("the flow goes on")?;
        match outcome {
            Ok(()) => servers.browsers.give_back(browser).await,
            Err(error) => browser.end().await.and(Err(error)),
        }
    }

    async fn bounded(self, visit: Visit) -> Result<()> {
        let flow = AssertUnwindSafe(timeout(PATIENCE, (self.flow)(visit)));
        match flow.catch_unwind().await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(anyhow!("the flow hangs")),
            Err(panic) => Err(anyhow!("{}", words(&*panic))),
        }
    }
}

/// Expects that the browser has nothing to complain of.
async fn clean(browser: &Browser) -> Result<()> {
    let complaints = browser.complaints().await?;
    ensure!(
        complaints.is_empty(),
        "the browser complains: {complaints:#?}"
    );
    Ok(())
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic")
}

/// A test for each server and flow.
pub fn on_every_server(
    servers: &Arc<Servers>,
    kind: Kind,
    sites: &[Site],
    cases: &[Case],
) -> Vec<Trial> {
    let all = sites.iter();
    let trials = all.flat_map(|site| cases.iter().map(|case| case.trial(servers, *site, kind)));
    trials.collect()
}

/// Lists the flows of a module as `cases()`.
macro_rules! cases {
    ($($flow:ident),+ $(,)?) => {
        /// The flows of this module.
        pub fn cases() -> Vec<crate::case::Case> {
            vec![$(crate::case::Case::new(
                concat!(module_path!(), "::", stringify!($flow)),
                |visit| Box::pin($flow(visit)),
            )),+]
        }
    };
}
pub(crate) use cases;
