//! The routes of sign-in through providers, and the way of a browser through them.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use super::{Client, Reply, Transport};
use crate::provider::{Decision, Provider};

/// What a browser accepts.
const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

impl Client {
    /// `GET /oauth/{provider}/start` with a query such as `?return_to=/`.
    ///
    /// # Errors
    /// When no valid answer comes; so for every call here.
    pub async fn start(&self, provider: &str, query: &str) -> Result<Reply> {
        self.get(&format!("/oauth/{provider}/start{query}")).await
    }

    /// Where a provider sends the browser back to, as a program that wants to be told
    /// what went wrong.
    ///
    /// # Errors
    /// See [`start`](Self::start).
    pub async fn come_back(&self, callback: &Url) -> Result<Reply> {
        self.get(&path_of(callback)).await
    }

    /// The same as a browser that wants to be sent on.
    ///
    /// # Errors
    /// See [`start`](Self::start).
    pub async fn come_back_to_a_page(&self, callback: &Url) -> Result<Reply> {
        let call = self.call(Method::GET, &path_of(callback));
        call.header("accept", HTML).send().await
    }

    /// `POST /oauth/exchange`.
    ///
    /// # Errors
    /// See [`start`](Self::start).
    pub async fn exchange(&self, code: &str) -> Result<Reply> {
        self.post("/oauth/exchange", &json!({ "code": code })).await
    }

    /// `POST /oauth/{provider}/link`.
    ///
    /// # Errors
    /// See [`start`](Self::start).
    pub async fn ask_to_link(&self, provider: &str, body: &Value) -> Result<Reply> {
        self.post(&format!("/oauth/{provider}/link"), body).await
    }

    /// `GET /identities`, as a list.
    ///
    /// # Errors
    /// See [`start`](Self::start).
    pub async fn identities(&self) -> Result<Vec<Value>> {
        let reply = self.get("/identities").await?.ok()?;
        let list = reply.json()["identities"].as_array();
        list.cloned().with_context(|| format!("{reply}"))
    }

    /// `DELETE /identities/{id}`.
    ///
    /// # Errors
    /// See [`start`](Self::start).
    pub async fn unlink(&self, identity: &str) -> Result<Reply> {
        let path = format!("/identities/{identity}");
        self.call(Method::DELETE, &path).send().await
    }

    /// Goes to a provider and decides there: gives where the browser is sent back to.
    ///
    /// # Errors
    /// When it is not let go, or the provider does not take the decision.
    pub async fn visit(&self, provider: &Provider, decision: &Decision) -> Result<Url> {
        let start = self.start(provider.id(), "?return_to=/").await?;
        provider.decide(start.location()?, decision).await
    }

    /// Goes to a provider and comes back.
    ///
    /// # Errors
    /// See [`visit`](Self::visit).
    pub async fn through(&self, provider: &Provider, decision: &Decision) -> Result<Reply> {
        self.come_back(&self.visit(provider, decision).await?).await
    }

    /// Signs in through a provider.
    ///
    /// # Errors
    /// When it fails at any step.
    pub async fn arrive(&self, provider: &Provider, decision: &Decision) -> Result<()> {
        self.land(&self.through(provider, decision).await?).await
    }

    /// Takes up what a callback hands over: the cookie, or the tokens for its code.
    ///
    /// # Errors
    /// When it hands nothing over.
    pub async fn land(&self, callback: &Reply) -> Result<()> {
        let code = callback.in_fragment("code")?;
        match (self.strategy.transport, code) {
            (Transport::Bearer, Some(code)) => _ = self.exchange(&code).await?.ok()?,
            (Transport::Cookie, None) => ensure!(
                !callback.set_cookies().is_empty(),
                "{callback} signs nobody in"
            ),
            (_, code) => anyhow::bail!("{callback} hands over {code:?}"),
        }
        Ok(())
    }

    /// Links a person at a provider to the signed-in account, with nothing but the
    /// credential: gives the callback's answer.
    ///
    /// # Errors
    /// See [`visit`](Self::visit).
    pub async fn link(&self, provider: &Provider, decision: &Decision) -> Result<Reply> {
        let asked = self.ask_to_link(provider.id(), &json!({})).await?.ok()?;
        let back = provider.decide(&asked.string("/url")?, decision).await?;
        self.come_back(&back).await
    }
}

/// The server under test may believe to live elsewhere; its paths are the same.
fn path_of(callback: &Url) -> String {
    format!(
        "^{}?{}",
        callback.path(),
        callback.query().unwrap_or_default()
    )
}
