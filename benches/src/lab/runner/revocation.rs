//! How long a signed-out credential goes on working.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail, ensure};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::lab::environment::Environment;
use crate::lab::generator::{Address, Connection, Kind, Person};

/// Times the lag is measured where it is short.
const TIMES: usize = 3;

/// What is longer is measured once.
const SHORT: Duration = Duration::from_secs(1);

/// How often each node is asked.
const POLL: Duration = Duration::from_millis(1);

/// Several lags, or one where it is long.
///
/// # Errors
/// As [`lag`].
pub async fn lags(
    environment: &Environment,
    limit: Duration,
) -> anyhow::Result<Vec<Option<Duration>>> {
    let mut lags = vec![];
    while lags.len() < TIMES {
        let lag = lag(environment, limit).await?;
        lags.push(lag);
        if lag.is_none_or(|lag| lag > SHORT) {
            break;
        }
    }
    Ok(lags)
}

/// For how long after the answer to a sign-out on the first node any node still took the
/// credential: until the beginning of the last request that was accepted. Zero when none was that
/// began after the answer; nothing when one still is after `limit`.
///
/// # Errors
/// When signing in or out does not work.
pub async fn lag(environment: &Environment, limit: Duration) -> anyhow::Result<Option<Duration>> {
    let account = environment
        .accounts
        .first()
        .context("there are no accounts")?;
    let first = environment.nodes.first().context("there are no nodes")?;
    let mut person = Person::new(first, account);
    person.sign_in().await?;
    let credential = person.credential().context("there is no credential")?;
    let signed_out = Arc::new(OnceLock::<Instant>::new());
    let mut last_accepted = JoinSet::new();
    for node in &environment.nodes {
        let mut watcher = Watcher::new(node, &credential);
        // Whatever a node remembers of the credential, it has by then.
        ensure!(
            watcher.ask().await? == 200,
            "a node refuses a new credential"
        );
        let signed_out = Arc::clone(&signed_out);
        let is_late = move || signed_out.get().is_some_and(|at| at.elapsed() > limit);
        last_accepted.spawn(watcher.last_accepted(is_late));
    }
    let outcome = person.act(Kind::Logout).await;
    ensure!(outcome.failure.is_none(), "signing out failed: {outcome:?}");
    let answered = *signed_out.get_or_init(Instant::now);
    let mut lag = Some(Duration::ZERO);
    while let Some(last) = last_accepted.join_next().await {
        let since = last??.map(|began| began.saturating_duration_since(answered));
        lag = lag.zip(since).map(|(one, other)| one.max(other));
    }
    Ok(lag)
}

/// Somebody who tries a credential on one node.
struct Watcher {
    connection: Connection,
    request: Vec<u8>,
}

impl Watcher {
    fn new(node: &Address, credential: &str) -> Self {
        Self {
            connection: Connection::to(node.socket),
            request: node.request("GET", "/profile", credential, ""),
        }
    }

    async fn ask(&mut self) -> anyhow::Result<u16> {
        let answer = self.connection.exchange(&self.request).await;
        let answer = answer.map_err(|failure| anyhow!("a node does not answer: {failure}"))?;
        Ok(answer.status())
    }

    /// When the last request began that was accepted; nothing when they still are at the end.
    async fn last_accepted(
        mut self,
        is_late: impl Fn() -> bool,
    ) -> anyhow::Result<Option<Instant>> {
        let mut accepted = Instant::now();
        while !is_late() {
            let began = Instant::now();
            match self.ask().await? {
                401 => return Ok(Some(accepted)),
                200 => accepted = began,
                other => bail!("a node answers {other} to a read"),
            }
            sleep(POLL).await;
        }
        Ok(None)
    }
}
