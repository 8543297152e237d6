//! What a browser says of the pages: its console, and the requests it sends.

use std::collections::BTreeSet;
use std::mem;
use std::sync::{MutexGuard, PoisonError};

use anyhow::Result;
use serde_json::Value;
use url::{Origin, Url};

use crate::browser::{Browser, Kind};

/// How a console tells of an answer that is no success.
const FAILED: &str = "Failed to load resource";

/// In place of a status: nobody answers.
pub const NO_ANSWER: u16 = 0;

/// What a browser said so far.
#[derive(Debug, Default)]
pub struct Log {
    console: Vec<Entry>,
    events: Vec<Event>,
    expected: BTreeSet<(u16, String)>,
    words: BTreeSet<&'static str>,
    origins: BTreeSet<String>,
}

/// A line of the console.
#[derive(Debug)]
struct Entry {
    level: String,
    message: String,
}

/// An event of the network, as the Chrome DevTools Protocol has it.
#[derive(Debug)]
struct Event {
    method: String,
    parameters: Value,
}

/// A request that the browser sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its method.
    pub method: String,
    /// Where it went.
    pub url: String,
    /// The value of its `Authorization`.
    pub authorization: Option<String>,
}

impl Browser {
    /// Lets the console tell of an answer with this status from a route with this in
    /// its path. It has to come.
    pub fn expect(&self, status: u16, path: &str) {
        self.log().expected.insert((status, path.to_owned()));
    }

    /// Lets the console say these words. They have to come.
    pub fn expect_words(&self, words: &'static str) {
        self.log().words.insert(words);
    }

    /// Every request so far.
    pub async fn requests(&self) -> Result<Vec<Request>> {
        self.catch_up().await?;
        let log = self.log();
        let sent = log.events_of("Network.requestWillBeSent");
        let request = |event| Request::read(event, log.authorization_of(&event["requestId"]));
        Ok(sent.map(request).collect())
    }

    /// Bytes that came over the wire so far, headers included.
    pub async fn received(&self) -> Result<f64> {
        self.catch_up().await?;
        let log = self.log();
        let ended = log.events_of("Network.loadingFinished");
        Ok(ended
            .filter_map(|event| event["encodedDataLength"].as_f64())
            .sum())
    }

    /// What there is to complain of since the last time: words on the console that no flow
    /// asked for, answers that a flow asked for and that did not come, and requests to
    /// anybody but this machine.
    pub async fn complaints(&self) -> Result<Vec<String>> {
        if self.kind() == Kind::Firefox {
            return Ok(vec![]);
        }
        let requests = self.requests().await?;
        let strangers = requests.into_iter().filter(|one| !is_local(&one.url));
        let strangers = strangers.map(|one| format!("a request to {}", one.url));
        let log = self.log().turn_page();
        let said = log.console.iter().filter(|entry| entry.is_complaint());
        let said = said.filter(|entry| !log.expects(entry));
        let said = said.map(|entry| entry.message.clone());
        Ok(strangers.chain(said).chain(log.missing()).collect())
    }

    /// Everybody it talked to.
    pub(crate) async fn origins(&self) -> Result<BTreeSet<String>> {
        self.catch_up().await?;
        Ok(self.log().origins.clone())
    }

    async fn catch_up(&self) -> Result<()> {
        let console = self.read_log("browser").await?;
        let events = self.read_log("performance").await?;
        let mut log = self.log();
        log.console.extend(console.iter().map(Entry::read));
        log.events.extend(events.iter().filter_map(Event::read));
        log.note_origins();
        Ok(())
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// Takes what there is, and begins anew; whom the browser talked to stays known.
    fn turn_page(&mut self) -> Self {
        let origins = self.origins.clone();
        let fresh = Self {
            origins,
            ..Self::default()
        };
        mem::replace(self, fresh)
    }

    fn note_origins(&mut self) {
        let sent = self.events_of("Network.requestWillBeSent");
        let urls = sent.filter_map(|event| Url::parse(event["request"]["url"].as_str()?).ok());
        let origins = urls.map(|url| url.origin()).filter(Origin::is_tuple);
        let origins: Vec<_> = origins.map(|one| one.ascii_serialization()).collect();
        self.origins.extend(origins);
    }

    fn events_of(&self, method: &str) -> impl Iterator<Item = &Value> {
        let events = self
            .events
            .iter()
            .filter(move |event| event.method == method);
        events.map(|event| &event.parameters)
    }

    /// The credential of a request, which only a second event tells of.
    fn authorization_of(&self, request: &Value) -> Option<String> {
        let mut extra = self.events_of("Network.requestWillBeSentExtraInfo");
        let headers = &extra.find(|event| event["requestId"] == *request)?["headers"];
        let mut headers = headers.as_object()?.iter();
        let (_, value) = headers.find(|(name, _)| name.eq_ignore_ascii_case("authorization"))?;
        value.as_str().map(str::to_owned)
    }

    /// What was expected and did not come.
    fn missing(&self) -> impl Iterator<Item = String> {
        let came = |status, path: &str| {
            let mut console = self.console.iter();
            console.any(|entry| entry.tells_of(status, path))
        };
        let expected = self.expected.iter();
        let missing = expected.filter(move |(status, path)| !came(*status, path));
        let missing = missing.map(|(status, path)| format!("no answer {status} from {path}"));
        let said = |words: &str| self.console.iter().any(|one| one.message.contains(words));
        let unsaid = self.words.iter().filter(move |words| !said(words));
        missing.chain(unsaid.map(|words| format!("nothing said of {words}")))
    }

    fn expects(&self, entry: &Entry) -> bool {
        let mut expected = self.expected.iter();
        expected.any(|(status, path)| entry.tells_of(*status, path))
            || self.words.iter().any(|words| entry.message.contains(words))
    }
}

impl Entry {
    fn read(entry: &Value) -> Self {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        Self {
            level: text("level"),
            message: text("message"),
        }
    }

    fn is_complaint(&self) -> bool {
        matches!(&*self.level, "SEVERE" | "WARNING")
    }

    /// Whether this is `http://…/path - Failed to load resource: … status of 401 (…)`.
    fn tells_of(&self, status: u16, path: &str) -> bool {
        let Some((address, rest)) = self.message.split_once(" - ") else {
            return false;
        };
        let address = address.split('?').next().unwrap_or_default();
        let status = match status {
            NO_ANSWER => "net::ERR_CONNECTION_REFUSED".to_owned(),
            status => format!("status of {status} "),
        };
        address.contains(path) && rest.starts_with(FAILED) && rest.contains(&status)
    }
}

impl Event {
    fn read(entry: &Value) -> Option<Self> {
        let event: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
        let event = &event["message"];
        Some(Self {
            method: event["method"].as_str()?.to_owned(),
            parameters: event["params"].clone(),
        })
    }
}

impl Request {
    fn read(event: &Value, authorization: Option<String>) -> Self {
        let text = |name: &str| {
            event["request"][name]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        Self {
            method: text("method"),
            url: text("url"),
            authorization,
        }
    }

    /// Whether it went to this route.
    pub fn is(&self, method: &str, path: &str) -> bool {
        let address = self.url.split('?').next().unwrap_or_default();
        self.method == method && address.ends_with(path)
    }
}

/// Whether an address is on this machine, or none of the network at all.
fn is_local(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    match url.scheme() {
        "http" | "https" => matches!(url.host_str(), Some("localhost" | "127.0.0.1")),
        scheme => matches!(
            scheme,
            "about" | "blob" | "chrome" | "chrome-extension" | "data"
        ),
    }
}
