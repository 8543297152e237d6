//! A client: a page that can keep every credential, as client.js does, or a form with a cookie.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use auth_testkit::Reply;
use auth_testkit::client::{Client, Credential};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::Stage;
use crate::lab::generator::Account;

/// How long nobody has to answer before that is an error.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two reads, in milliseconds.
const PAUSE: std::ops::Range<u64> = 50..350;

/// How often a form has its cookie renewed: after so many reads.
const RENEW_AFTER: u64 = 12;

/// A client, and what it keeps.
pub(super) struct Page {
    client: Client,
    /// The node it asks as long as that answers.
    node: usize,
    is_plain: bool,
    reads: u64,
    stale_at: Option<Instant>,
    /// Everything it ever had.
    past: Vec<Credential>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    SignedIn,
    /// On purpose.
    SignedOut,
    /// By nobody.
    Lost,
}

impl Page {
    /// Signs in at a node.
    pub async fn sign_in(
        stage: &Stage,
        node: usize,
        account: &Account,
        is_plain: bool,
    ) -> anyhow::Result<Self> {
        let client = stage.bases[node].copy();
        client.login(&account.name, &account.password).await?.ok()?;
        Ok(Self {
            past: vec![client.credential()],
            client,
            node,
            is_plain,
            reads: 0,
            stale_at: None,
            state: State::SignedIn,
        })
    }

    /// Whether it can change over, and has not.
    pub fn is_left(&self, by_token: bool) -> bool {
        let has_token = self.client.credential().access.is_some();
        self.state == State::SignedIn && !self.is_plain && has_token != by_token
    }

    async fn step(&mut self, stage: &Stage) -> anyhow::Result<()> {
        match self.state {
            State::SignedIn => self.read(stage).await,
            State::SignedOut => self.haunt(stage).await,
            State::Lost => Ok(()),
        }
    }

    /// Reads the profile, renewing the credential before or after where that is needed.
    async fn read(&mut self, stage: &Stage) -> anyhow::Result<()> {
        let is_stale = self.stale_at.is_some_and(|at| at <= Instant::now());
        let is_due = self.is_plain && self.reads % RENEW_AFTER == RENEW_AFTER - 1;
        if (is_stale || is_due) && !self.renew(stage, None).await? {
            return Ok(());
        }
        self.reads += 1;
        let mut answer = self.ask(stage, Method::GET, "/profile", None).await?;
        if answer.status == 401 && !self.is_plain {
            if !self.renew(stage, None).await? {
                return Ok(());
            }
            answer = self.ask(stage, Method::GET, "/profile", None).await?;
        }
        if answer.status == 401 {
            self.lose(stage);
            return Ok(());
        }
        let invited = answer.header("auth-bridge").map(str::to_owned);
        answer.ok()?;
        count(&stage.outcome.reads);
        match invited.filter(|_| !self.is_plain) {
            Some(transport) => self.renew(stage, Some(&transport)).await.map(drop),
            None => Ok(()),
        }
    }

    /// Refreshes; says whether it is still signed in.
    async fn renew(&mut self, stage: &Stage, transport: Option<&str>) -> anyhow::Result<bool> {
        let before = self.client.credential();
        let body =
            transport.map(|transport| json!({ "transport": transport, "refresh": "cookie" }));
        let answer = self.ask(stage, Method::POST, "/refresh", body).await?;
        if answer.status == 401 {
            self.lose(stage);
            return Ok(false);
        }
        let grant = answer.ok()?;
        let by_token = grant.json()["access_token"].is_string();
        if !by_token {
            self.client = self.client.holding(Credential {
                access: None,
                refresh: None,
                ..self.client.credential()
            });
        }
        if before.access.is_some() != by_token {
            count(&stage.outcome.changed_over);
        }
        let lifetime = grant.json()["expires_in"].as_u64().context("no lifetime")?;
        let fresh = Duration::from_millis(lifetime * 900);
        self.stale_at = by_token.then(|| Instant::now() + fresh);
        self.past.push(self.client.credential());
        Ok(true)
    }

    /// Tries everything it ever had, on both nodes.
    async fn haunt(&mut self, stage: &Stage) -> anyhow::Result<()> {
        for credential in &self.past {
            for base in &stage.bases {
                // A node that is being replaced answers nothing.
                let Ok(answer) = base.holding(credential.clone()).profile().await else {
                    continue;
                };
                match answer.status.as_u16() {
                    401 => count(&stage.outcome.refused),
                    _ => count(&stage.outcome.revived),
                }
            }
        }
        Ok(())
    }

    fn lose(&mut self, stage: &Stage) {
        self.state = State::Lost;
        count(&stage.outcome.signed_out);
    }

    /// Asks its node, or the other one while that answers nothing: as behind a load balancer.
    async fn ask(
        &mut self,
        stage: &Stage,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Reply> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let at = &stage.bases[self.node];
            let client = at.holding(self.client.credential());
            let call = client.call(method.clone(), path);
            let call = match &body {
                Some(body) => call.json(body),
                None => call,
            };
            match call.send().await {
                Ok(reply) => {
                    self.client = client;
                    return Ok(reply);
                }
                Err(error) if error.chain().any(|cause| cause.is::<reqwest::Error>()) => {
                    ensure!(Instant::now() < deadline, "nobody answers: {error:#}");
                    count(&stage.outcome.moved);
                    self.node = 1 - self.node;
                    sleep(Duration::from_millis(10)).await;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Acts until all is over.
pub(super) async fn live(page: Arc<Mutex<Page>>, stage: Arc<Stage>) {
    while !stage.over.load(Ordering::Relaxed) {
        sleep(Duration::from_millis(fastrand::u64(PAUSE))).await;
        if let Err(error) = page.lock().await.step(&stage).await {
            stage.outcome.errors.lock().await.push(format!("{error:#}"));
        }
    }
}

/// Signs a client out on purpose, which from then on tries to come back.
pub(super) async fn sign_out(page: Option<&Arc<Mutex<Page>>>, stage: &Stage) -> anyhow::Result<()> {
    let page = page.context("nobody is left to sign out")?;
    let mut page = page.lock().await;
    let answer = page.ask(stage, Method::POST, "/logout", None).await?;
    // An answer that was lost had signed it out already.
    ensure!([200, 401].contains(&answer.status.as_u16()), "{answer}");
    page.state = State::SignedOut;
    count(&stage.outcome.revoked);
    Ok(())
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
