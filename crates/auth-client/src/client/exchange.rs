//! One call of the contract, and its answer.

use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::Client;
use crate::credential::Credential;
use crate::dto::{Grant, SignIn};
use crate::error::Error;
use crate::problem::{Code, Problem};

/// The share of its lifetime for which a credential is used: clocks differ, and a request
/// takes its time.
const FRESH: f64 = 0.9;

/// A call under way.
pub(super) struct Call<'a> {
    client: &'a Client,
    method: Method,
    url: Url,
    body: Option<Value>,
}

/// An answer, read to its end.
pub(super) struct Answer {
    request: String,
    status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl<'a> Call<'a> {
    pub(super) fn new(client: &'a Client, method: Method, url: Url) -> Self {
        Self {
            client,
            method,
            url,
            body: None,
        }
    }

    /// A JSON body.
    pub(super) fn json(mut self, body: &impl Serialize) -> Self {
        // The shapes of the contract are texts and flags, which always serialise.
        self.body = serde_json::to_value(body).ok();
        self
    }

    /// With a query.
    pub(super) fn query(mut self, pairs: &[(&str, &str)]) -> Self {
        if !pairs.is_empty() {
            self.url.query_pairs_mut().extend_pairs(pairs);
        }
        self
    }

    /// Sends it for whoever is signed in: renews the credential before when its time is up,
    /// and once more when the server says so.
    pub(super) async fn signed(self) -> Result<Answer, Error> {
        let client = self.client;
        client.freshen().await;
        let seen = client.held().version;
        match self.attempt().await {
            Err(Error::Problem(problem))
                if problem.code == Code::Unauthenticated && client.can_renew() =>
            {
                client.renew_unless_changed(seen).await?;
                self.attempt().await
            }
            outcome => outcome,
        }
    }

    /// Sends it as it is, with what the client holds.
    pub(super) async fn once(self) -> Result<Answer, Error> {
        self.attempt().await
    }

    async fn attempt(&self) -> Result<Answer, Error> {
        let client = self.client;
        let mut request = client
            .shared
            .http
            .request(self.method.clone(), self.url.clone());
        if let Some(body) = &self.body {
            request = request.header(CONTENT_TYPE, "application/json");
            request = request.body(body.to_string());
        }
        if let Some(user) = client.meant_for {
            request = request.header("if-user", user.to_string());
        }
        let mut request = request.build()?;
        let seen = client.present(&mut request)?;
        let what = format!("{} {}", self.method, self.url.path());
        let answer = client.shared.http.execute(request).await?;
        let answer = Answer::read(what, answer).await?;
        client.absorb(&answer, seen);
        answer.accepted()
    }
}

impl Answer {
    pub(super) async fn read(request: String, answer: reqwest::Response) -> Result<Self, Error> {
        let (status, headers) = (answer.status(), answer.headers().clone());
        Ok(Self {
            request,
            status,
            headers,
            body: answer.bytes().await?.into(),
        })
    }

    /// Itself, or the problem that it is.
    fn accepted(self) -> Result<Self, Error> {
        if self.is_accepted() {
            return Ok(self);
        }
        let problem = serde_json::from_slice::<Problem>(&self.body);
        let mut problem = problem.map_err(|error| self.unexpected(Some(error)))?;
        problem.retry_after = self.retry_after();
        Err(Error::Problem(Box::new(problem)))
    }

    fn is_accepted(&self) -> bool {
        self.status.is_success() || self.status == StatusCode::SEE_OTHER
    }

    fn retry_after(&self) -> Option<Duration> {
        let seconds = self.headers.get(RETRY_AFTER)?.to_str().ok()?.parse();
        seconds.ok().map(Duration::from_secs)
    }

    fn unexpected(&self, source: Option<serde_json::Error>) -> Error {
        Error::Unexpected {
            request: self.request.clone(),
            status: self.status.as_u16(),
            source,
        }
    }

    pub(super) fn is(&self, status: StatusCode) -> bool {
        self.status == status
    }

    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if !self.status.is_success() {
            return Err(self.unexpected(None));
        }
        serde_json::from_slice(&self.body).map_err(|error| self.unexpected(Some(error)))
    }

    /// Where it sends the browser, seen from `from`.
    pub(super) fn location(&self, from: &Url) -> Result<Url, Error> {
        let location = self.headers.get(LOCATION).and_then(|to| to.to_str().ok());
        let location = location.and_then(|to| from.join(to).ok());
        location
            .filter(|_| self.is(StatusCode::SEE_OTHER))
            .ok_or_else(|| self.unexpected(None))
    }
}

impl Client {
    /// Takes over what an answer brings to a request that was signed with what was held under
    /// `seen`. A refusal that comes late, of a credential that has been renewed meanwhile, takes
    /// nothing away.
    fn absorb(&self, answer: &Answer, seen: u64) {
        let mut held = self.held();
        if !answer.is_accepted() && held.version != seen {
            return held.credential.absorb_bindings(&answer.headers);
        }
        let before = held.credential.clone();
        held.credential.absorb(&answer.headers, &answer.body);
        if before != held.credential {
            held.version += 1;
        }
        if let Some(grant) = granted(&answer.body) {
            let lifetime = Duration::from_secs(grant.expires_in).mul_f64(FRESH);
            held.stale_at = Instant::now().checked_add(lifetime);
        }
    }

    /// Forgets what signs in, unless it has changed since `seen`.
    pub(super) fn forget(&self, seen: u64) {
        let mut held = self.held();
        if held.version == seen {
            held.credential.forget();
            held.stale_at = None;
            held.version += 1;
        }
    }

    /// Holds a credential that the server has just taken back no longer.
    pub(super) fn forget_all(&self) {
        let mut held = self.held();
        let (device, trust) = (held.credential.device.take(), held.credential.trust.take());
        held.credential = Credential {
            device,
            trust,
            ..Credential::default()
        };
        held.stale_at = None;
        held.version += 1;
    }
}

fn granted(body: &[u8]) -> Option<Grant> {
    match serde_json::from_slice(body).ok()? {
        SignIn::Done(grant) => Some(*grant),
        SignIn::Pending(_) => None,
    }
}
