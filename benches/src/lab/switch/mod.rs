//! A change of strategy under load: from sessions to tokens and back, while everybody goes on.
//!
//! Two nodes are replaced one after the other, and killed now and then. What is counted is what
//! must not happen: somebody signed out, an answer that is no answer, and somebody back who had
//! signed out.

mod nodes;
mod page;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use auth_core::Argon2Cost;
use auth_testkit::client::Client;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::environment::{Services, Store};
use nodes::{Kind, Nodes};
use page::Page;

/// How long all pages may take to change over.
const PATIENCE: Duration = Duration::from_secs(120);

/// What happens between two steps of the script.
const BREATH: Duration = Duration::from_millis(500);

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    /// How many clients there are.
    pub clients: usize,
    /// How many of a hundred only keep a cookie.
    pub plain: usize,
    /// Where sessions are kept.
    pub store: Store,
    /// How often each node is killed on the way there, and again on the way back.
    pub kills: usize,
    /// The price of the passwords.
    pub argon2: Argon2Cost,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Answers to reads that succeeded.
    pub reads: AtomicU64,
    /// Credentials that were exchanged for others of the other kind.
    pub changed_over: AtomicU64,
    /// Clients that signed out on purpose.
    pub revoked: AtomicU64,
    /// Requests by them that were refused afterwards.
    pub refused: AtomicU64,
    /// Requests that another node had to answer.
    pub moved: AtomicU64,
    /// Clients that were signed out by nobody.
    pub signed_out: AtomicU64,
    /// Requests by clients that had signed out, and succeeded.
    pub revived: AtomicU64,
    /// Answers that nobody should get.
    pub errors: Mutex<Vec<String>>,
}

/// What all clients share.
struct Stage {
    bases: [Client; 2],
    outcome: Outcome,
    over: AtomicBool,
}

impl Switch {
    /// Runs it; `told` hears of each step.
    ///
    /// # Errors
    /// When a server or a store can't be had, or the clients don't come to change over.
    pub async fn run(&self, services: &Services, told: impl Fn(&str)) -> anyhow::Result<Outcome> {
        ensure!(
            self.clients >= 2 * self.leavers(),
            "it takes {} clients, half of which sign out on the way",
            2 * self.leavers()
        );
        let mut nodes = Nodes::open(self, services).await?;
        told("two session-servers run, and honour tokens");
        nodes.both(Kind::Session { percent: 0 }).await?;
        let stage = Arc::new(Stage {
            bases: nodes.clients().await?,
            outcome: Outcome::default(),
            over: AtomicBool::new(false),
        });
        let pages = self.sign_in(&stage, &nodes).await?;
        let mut living = JoinSet::new();
        for page in &pages {
            living.spawn(page::live(page.clone(), stage.clone()));
        }
        let script = self.script(&mut nodes, &pages, &stage, &told).await;
        stage.over.store(true, Ordering::Relaxed);
        while let Some(ended) = living.join_next().await {
            ended?;
        }
        nodes.close().await;
        script?;
        let stage = Arc::into_inner(stage).context("a client goes on")?;
        Ok(stage.outcome)
    }

    /// How many clients sign out on the way: one at each step.
    const fn leavers(&self) -> usize {
        2 * (2 * (1 + self.kills) + 1) + 1
    }

    async fn sign_in(
        &self,
        stage: &Arc<Stage>,
        nodes: &Nodes,
    ) -> anyhow::Result<Vec<Arc<Mutex<Page>>>> {
        let mut pages = vec![];
        for (n, account) in nodes.accounts.iter().enumerate() {
            let is_plain = n * self.plain / 100 != (n + 1) * self.plain / 100;
            let page = Page::sign_in(stage, n % 2, account, is_plain).await?;
            pages.push(Arc::new(Mutex::new(page)));
        }
        Ok(pages)
    }

    async fn script(
        &self,
        nodes: &mut Nodes,
        pages: &[Arc<Mutex<Page>>],
        stage: &Arc<Stage>,
        told: &impl Fn(&str),
    ) -> anyhow::Result<()> {
        let mut leavers = pages.iter().step_by(pages.len() / self.leavers());
        let mut leave = async || page::sign_out(leavers.next(), stage).await;
        leave().await?;
        sleep(BREATH).await;
        for (kind, name, by_token) in [
            (Kind::Jwt, "jwt-servers", true),
            (Kind::Session { percent: 100 }, "session-servers", false),
        ] {
            for n in 0..2 {
                told(&format!("node {} of two becomes one of the {name}", n + 1));
                nodes.replace(n, kind).await?;
                leave().await?;
                for _ in 0..self.kills {
                    sleep(BREATH).await;
                    nodes.kill(n, kind).await?;
                    leave().await?;
                }
            }
            told("all clients that can are to change over");
            changed_over(pages, by_token).await?;
            leave().await?;
        }
        sleep(BREATH).await;
        Ok(())
    }
}

/// Waits until everybody who can has the other kind of credential.
async fn changed_over(pages: &[Arc<Mutex<Page>>], by_token: bool) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut left = 0;
        for page in pages {
            left += usize::from(page.lock().await.is_left(by_token));
        }
        if left == 0 {
            return Ok(());
        }
        ensure!(
            Instant::now() < deadline,
            "{left} clients do not change over"
        );
        sleep(BREATH).await;
    }
}

impl Outcome {
    /// What must not have happened.
    ///
    /// # Errors
    /// When it has.
    pub async fn check(&self) -> anyhow::Result<()> {
        let errors = self.errors.lock().await;
        ensure!(
            errors.is_empty(),
            "{} errors, such as {}",
            errors.len(),
            errors[0]
        );
        let none = |count: &AtomicU64, what| {
            let count = count.load(Ordering::Relaxed);
            ensure!(count == 0, "{count} {what}");
            Ok(())
        };
        none(&self.signed_out, "clients were signed out by nobody")?;
        none(&self.revived, "requests succeeded after a sign-out")
    }

    /// What happened, for people.
    pub fn told(&self) -> String {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        format!(
            "{} reads, {} changes to another credential, {} requests that another node answered, \
             {} clients signed out on purpose and were refused {} times; {} signed out by nobody, \
             {} back after a sign-out",
            of(&self.reads),
            of(&self.changed_over),
            of(&self.moved),
            of(&self.revoked),
            of(&self.refused),
            of(&self.signed_out),
            of(&self.revived),
        )
    }
}
