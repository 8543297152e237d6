//! People who read their profiles on every node without a pause, and are signed out one by one.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use auth_testkit::Client;
use auth_testkit::account::new_password;
use auth_testkit::process::ServerProcess;
use auth_testkit::target::Account;
use tokio::task::JoinSet;
use url::Url;

use crate::deployment::{Deployment, eventually};

/// So many readers each node has.
const READERS: usize = 3;

/// The crowd, and what it has seen.
pub struct Crowd<'a> {
    on: &'a Deployment,
    nodes: Vec<Url>,
    people: Arc<Vec<Member>>,
    seen: Arc<Seen>,
    stop: Arc<AtomicBool>,
    readers: JoinSet<Result<()>>,
}

/// How somebody is signed out.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// They sign out, on a node.
    SignOut(usize),
    /// They change the password on another device, on a node.
    PasswordChange(usize),
    /// The operator disables the account.
    Disable,
}

/// Somebody who reads until signed out.
struct Member {
    account: Account,
    /// Another device.
    phone: Client,
    /// Whether somebody has begun to sign them out.
    is_ending: AtomicBool,
    /// When that was answered.
    ended: OnceLock<Instant>,
}

#[derive(Default)]
struct Seen {
    lives: AtomicUsize,
    dead: AtomicUsize,
}

impl<'a> Crowd<'a> {
    /// Signs so many people in, and begins to read.
    pub async fn gather(
        on: &'a Deployment,
        size: usize,
        servers: &[&ServerProcess],
    ) -> Result<Self> {
        let target = on.target(servers.first().context("no nodes")?);
        let nodes = servers.iter().map(|server| server.url());
        let nodes = nodes.collect::<Result<Vec<_>>>()?;
        let mut people = vec![];
        for _ in 0..size {
            let account = target.signed_up("ada").await?;
            people.push(Member {
                phone: target.signed_in(account.person.clone()).await?.client,
                account,
                is_ending: AtomicBool::new(false),
                ended: OnceLock::new(),
            });
        }
        let mut crowd = Self {
            on,
            nodes,
            people: Arc::new(people),
            seen: Arc::default(),
            stop: Arc::default(),
            readers: JoinSet::new(),
        };
        for node in crowd.nodes.iter().cycle().take(servers.len() * READERS) {
            let (people, seen, stop) = (&crowd.people, &crowd.seen, &crowd.stop);
            let reading = read(people.clone(), node.clone(), seen.clone(), stop.clone());
            crowd.readers.spawn(reading);
        }
        Ok(crowd)
    }

    /// Signs one person out, and waits until all others have read on.
    pub async fn end(&self, n: usize, how: End) -> Result<()> {
        let before = self.seen.lives.load(Ordering::Relaxed);
        let member = &self.people[n];
        member.is_ending.store(true, Ordering::SeqCst);
        match how {
            End::SignOut(node) => self.sign_out(member, node).await?,
            End::PasswordChange(node) => {
                let phone = member.phone.at(&self.nodes[node]);
                let (old, new) = (&member.account.person.password, new_password());
                let changed = phone.change_password(old, &new).await?;
                // While a store is away it can't be told whether it was done.
                if changed.status != 200 {
                    ensure!(changed.status == 503, "{changed}");
                    self.sign_out(member, node).await?;
                }
            }
            End::Disable => {
                let name = &member.account.person.username;
                self.on.authctl(&["user", "disable", "--yes", name]).await;
            }
        }
        let _ = member.ended.set(Instant::now());
        let others = self.people.len() - n - 1;
        eventually("reads", async || {
            self.seen.lives.load(Ordering::Relaxed) >= before + others.min(1) * 20
        })
        .await;
        Ok(())
    }

    /// Lets all sessions be lost, and waits until every node knows.
    pub async fn lose(&self, losing: impl Future<Output = Result<String>>) -> Result<()> {
        for member in self.people.iter() {
            member.is_ending.store(true, Ordering::SeqCst);
        }
        losing.await?;
        for (member, node) in self
            .people
            .iter()
            .flat_map(|one| self.nodes.iter().map(move |node| (one, node)))
        {
            let client = member.account.client.at(node);
            eventually("a lost session", async || {
                client.profile().await.unwrap().status == 401
            })
            .await;
        }
        for member in self.people.iter() {
            let _ = member.ended.set(Instant::now());
        }
        let before = self.seen.dead.load(Ordering::Relaxed);
        eventually("refusals", async || {
            self.seen.dead.load(Ordering::Relaxed) > before + 50
        })
        .await;
        Ok(())
    }

    /// While a store is away it can't be told, and is to be tried again. It may have been done,
    /// and is then unknown.
    async fn sign_out(&self, member: &Member, node: usize) -> Result<()> {
        let client = member.account.client.at(&self.nodes[node]);
        eventually("a sign-out", async || {
            let answer = client.copy().logout().await.unwrap();
            answer.status != 503
        })
        .await;
        client.copy().logout().await?.unauthenticated()?;
        Ok(())
    }

    /// Ends all reading.
    pub async fn disperse(mut self) -> Result<()> {
        self.stop.store(true, Ordering::SeqCst);
        while let Some(reader) = self.readers.join_next().await {
            reader??;
        }
        let (lives, dead) = (&self.seen.lives, &self.seen.dead);
        ensure!(
            dead.load(Ordering::Relaxed) > 0,
            "nobody looked at the dead"
        );
        println!("{lives:?} reads succeeded, {dead:?} were refused");
        Ok(())
    }
}

/// Reads everybody's profile from a node, over and over.
async fn read(
    people: Arc<Vec<Member>>,
    node: Url,
    seen: Arc<Seen>,
    stop: Arc<AtomicBool>,
) -> Result<()> {
    while !stop.load(Ordering::SeqCst) {
        for member in people.iter() {
            let began = Instant::now();
            // A node that is being killed answers nothing.
            let Ok(answer) = member.account.client.at(&node).profile().await else {
                tokio::task::yield_now().await;
                continue;
            };
            let name = &member.account.person.username;
            if answer.status == 503 {
                tokio::task::yield_now().await;
            } else if answer.status == 200 {
                let ended = member.ended.get();
                let is_late = ended.is_some_and(|ended| *ended < began);
                ensure!(!is_late, "{name} was served by {node} after the sign-out");
                seen.lives.fetch_add(1, Ordering::Relaxed);
            } else {
                answer.unauthenticated().context(node.clone())?;
                let is_ending = member.is_ending.load(Ordering::SeqCst);
                ensure!(is_ending, "{name} was signed out by nobody, on {node}");
                seen.dead.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    Ok(())
}
