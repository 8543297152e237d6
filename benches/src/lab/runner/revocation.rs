//! How long a signed-out credential goes on working.

use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, ensure};
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

/// The time from the answer to a sign-out on the first node until every node has refused the
/// credential, which includes one request; nothing when one still takes it after `limit`.
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
    let mut watchers = vec![];
    for node in &environment.nodes {
        let mut watcher = Watcher::new(node, &credential);
        // Whatever a node remembers of the credential, it has by then.
        ensure!(
            watcher.ask().await? == 200,
            "a node refuses a new credential"
        );
        watchers.push(watcher);
    }
    let outcome = person.act(Kind::Logout).await;
    ensure!(outcome.failure.is_none(), "signing out failed: {outcome:?}");
    let signed_out = Instant::now();
    let mut refusals = JoinSet::new();
    for watcher in watchers {
        refusals.spawn(watcher.refusal(signed_out + limit));
    }
    let mut all = Some(signed_out);
    while let Some(refused) = refusals.join_next().await {
        all = all.zip(refused??).map(|(one, other)| one.max(other));
    }
    Ok(all.map(|last| last - signed_out))
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

    /// When the node refused; nothing when it had not until the deadline.
    async fn refusal(mut self, deadline: Instant) -> anyhow::Result<Option<Instant>> {
        while Instant::now() < deadline {
            if self.ask().await? == 401 {
                return Ok(Some(Instant::now()));
            }
            sleep(POLL).await;
        }
        Ok(None)
    }
}
