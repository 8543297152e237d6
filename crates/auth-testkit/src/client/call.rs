//! One request, as polite or as rude as a case wants it.

use anyhow::{Context as _, Result};
use reqwest::Method;
use reqwest::header::{
    AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use serde_json::Value;
use url::Url;

use super::{Client, Reply, Transport};
use crate::audit;

/// A request under way.
#[must_use]
pub struct Call<'a> {
    client: &'a Client,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Option<Content>,
    anonymous: bool,
    flaw: Option<anyhow::Error>,
}

enum Content {
    Whole(Vec<u8>),
    Chunked(Vec<Vec<u8>>),
}

impl<'a> Call<'a> {
    pub(super) fn new(client: &'a Client, method: Method, path: &str) -> Self {
        Self {
            client,
            method,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: None,
            anonymous: false,
            flaw: None,
        }
    }

    /// Adds a header; one of the same name stays.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let parsed = name.parse::<HeaderName>().map_err(anyhow::Error::from);
        match parsed.and_then(|name| Ok((name, HeaderValue::from_str(value)?))) {
            Ok((name, value)) => _ = self.headers.append(name, value),
            Err(flaw) => self.flaw = Some(flaw.context(format!("the header {name}: {value:?}"))),
        }
        self
    }

    /// The same for a value that is no text.
    pub fn header_bytes(mut self, name: &'static str, value: &[u8]) -> Self {
        match HeaderValue::from_bytes(value) {
            Ok(value) => _ = self.headers.append(name, value),
            Err(flaw) => self.flaw = Some(flaw.into()),
        }
        self
    }

    /// Leaves the client's credential out.
    pub fn anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }

    /// A JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.raw_json(body.to_string())
    }

    /// A body that claims to be JSON.
    pub fn raw_json(self, body: impl Into<Vec<u8>>) -> Self {
        self.body(Some("application/json"), body)
    }

    /// Any body, with or without a content type.
    pub fn body(mut self, content_type: Option<&str>, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(Content::Whole(body.into()));
        match content_type {
            Some(text) => self.header(CONTENT_TYPE.as_str(), text),
            None => self,
        }
    }

    /// A JSON body in chunks, its length unsaid.
    pub fn chunked_json(mut self, chunks: Vec<Vec<u8>>) -> Self {
        self.body = Some(Content::Chunked(chunks));
        self.header(CONTENT_TYPE.as_str(), "application/json")
    }

    /// Sends it, keeps what the answer hands out, and holds the answer against what the
    /// contract promises of every answer.
    ///
    /// # Errors
    /// When there is no answer, or one that no server may give.
    pub async fn send(mut self) -> Result<Reply> {
        if let Some(flaw) = self.flaw.take() {
            return Err(flaw);
        }
        let client = self.client;
        let request = format!("{} {}", self.method, self.path);
        let url = client.url(&self.path)?;
        if !self.anonymous {
            self.present_credential(url.path())?;
        }
        let mut secrets = self.secrets();
        secrets.extend(in_query(&url));
        let mut outgoing = client.http.request(self.method.clone(), url);
        outgoing = outgoing.header(USER_AGENT, &client.user_agent);
        outgoing = match self.body.take() {
            Some(Content::Whole(bytes)) => outgoing.body(bytes),
            Some(Content::Chunked(chunks)) => outgoing.body(stream(chunks)),
            None => outgoing,
        };
        let answer = outgoing.headers(self.headers).send().await;
        let answer = answer.with_context(|| format!("{request} got no answer"))?;
        let reply = Reply::read(request, answer).await?;
        audit::check(&self.method, &reply, &secrets)?;
        client.held().absorb(&reply.headers, &reply.body);
        Ok(reply)
    }

    fn present_credential(&mut self, path: &str) -> Result<()> {
        let held = self.client.held();
        if let Some(cookies) = held.cookie_header(path) {
            self.headers
                .insert(COOKIE, HeaderValue::from_str(&cookies)?);
        }
        if let (Transport::Bearer, Some(access)) = (self.client.strategy.transport, &held.access) {
            let bearer = HeaderValue::from_str(&format!("Bearer {access}"))?;
            self.headers.insert(AUTHORIZATION, bearer);
        }
        Ok(())
    }

    /// What the request tells the server in confidence, and no answer may repeat.
    fn secrets(&self) -> Vec<String> {
        let mut secrets = vec![];
        for (name, value) in &self.headers {
            let text = value.to_str().unwrap_or_default();
            match *name {
                AUTHORIZATION => secrets.extend(text.split_once(' ').map(|(_, token)| token)),
                COOKIE => {
                    secrets.extend(text.split("; ").filter_map(|c| Some(c.split_once('=')?.1)))
                }
                _ => {}
            }
        }
        let mut secrets: Vec<_> = secrets.into_iter().map(str::to_owned).collect();
        if let Some(Content::Whole(bytes)) = &self.body {
            let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
            let named = SECRET_FIELDS.iter().filter_map(|name| body[name].as_str());
            secrets.extend(named.map(str::to_owned));
        }
        secrets
    }
}

/// The request fields that hold secrets.
const SECRET_FIELDS: [&str; 6] = [
    "code",
    "password",
    "current_password",
    "new_password",
    "token",
    "refresh_token",
];

/// What a provider sends through the browser in confidence.
fn in_query(url: &Url) -> Vec<String> {
    let secret = |name: &str| matches!(name, "code" | "state");
    let pairs = url.query_pairs().filter(|(name, _)| secret(name));
    pairs.map(|(_, value)| value.into_owned()).collect()
}

fn stream(chunks: Vec<Vec<u8>>) -> reqwest::Body {
    let chunks = chunks.into_iter().map(Ok::<_, std::convert::Infallible>);
    reqwest::Body::wrap_stream(futures_util::stream::iter(chunks))
}
