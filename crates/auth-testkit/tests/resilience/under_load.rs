//! Sign-outs while everybody reads, nodes stop and are killed: no read that begins after the
//! answer succeeds, and nobody is signed out who should not be.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use auth_testkit::Client;
use auth_testkit::process::ServerProcess;
use rustix::process::Signal;
use tokio::task::JoinSet;
use url::Url;

use crate::deployment::{Deployment, eventually};
use crate::on;

on! {
    no_read_succeeds_that_begins_after_a_sign_out_was_answered:
        session_on_sqlite, jwt_on_sqlite, session_on_own_services, jwt_on_own_services;
}

/// So many people sign out, one after the other.
const PEOPLE: usize = 16;

/// So many readers each node has.
const READERS: usize = 3;

/// Somebody who reads until signed out.
struct Reader {
    name: String,
    client: Client,
    /// Whether somebody has begun to sign them out.
    is_ending: AtomicBool,
    /// When that was answered.
    ended: OnceLock<Instant>,
}

/// What readers have seen.
#[derive(Default)]
struct Seen {
    lives: AtomicUsize,
    dead: AtomicUsize,
}

async fn no_read_succeeds_that_begins_after_a_sign_out_was_answered(on: Deployment) -> Result<()> {
    let launch = on.launch().flag("--public-url", "http://localhost:4000");
    let start = || ServerProcess::start(launch.clone());
    let (one, two, mut third) = tokio::try_join!(start(), start(), start())?;
    let nodes = [one.url()?, two.url()?, third.url()?];
    let people = people(&on, &one).await?;
    let (seen, stop) = (Arc::<Seen>::default(), Arc::<AtomicBool>::default());
    let mut readers = JoinSet::new();
    for node in nodes.iter().cycle().take(nodes.len() * READERS) {
        let reading = read(people.clone(), node.clone(), seen.clone(), stop.clone());
        readers.spawn(reading);
    }
    for (n, person) in people.iter().enumerate() {
        match n {
            3 => third.signal(Signal::STOP)?,
            7 => third.signal(Signal::CONT)?,
            9 => third.kill(),
            12 => third.restart().await?,
            _ => {}
        }
        if on.has_services() {
            befall(&on, n).await?;
        }
        let before = seen.lives.load(Ordering::Relaxed);
        person.is_ending.store(true, Ordering::SeqCst);
        match n % 3 {
            2 => {
                let disable = ["user", "disable", "--yes", &person.name];
                on.authctl(&disable).await;
            }
            node => {
                let client = person.client.at(&nodes[node]);
                // While a store is away it can't be told, and is to be tried again. It may have
                // been done, and is then unknown.
                eventually("a sign-out", async || {
                    let answer = client.copy().logout().await.unwrap();
                    answer.status != 503
                })
                .await;
                client.copy().logout().await?.unauthenticated()?;
            }
        }
        let _ = person.ended.set(Instant::now());
        // Everybody else reads on before the next one is signed out.
        let others = PEOPLE - n - 1;
        eventually("reads", async || {
            seen.lives.load(Ordering::Relaxed) >= before + others.min(1) * 20
        })
        .await;
    }
    stop.store(true, Ordering::SeqCst);
    while let Some(reader) = readers.join_next().await {
        reader??;
    }
    let (lives, dead) = (&seen.lives, &seen.dead);
    ensure!(
        dead.load(Ordering::Relaxed) > 0,
        "nobody looked at the dead"
    );
    println!("{lives:?} reads succeeded, {dead:?} were refused");
    Ok(())
}

/// What befalls PostgreSQL and Redis before a sign-out.
async fn befall(on: &Deployment, n: usize) -> Result<()> {
    match n {
        5 => on.cut_connections().await,
        6 => on.redis().restart(),
        10 => on.postgres().restart(),
        _ => Ok(()),
    }
}

/// People who are signed in.
async fn people(on: &Deployment, server: &ServerProcess) -> Result<Arc<Vec<Reader>>> {
    let mut people = vec![];
    for _ in 0..PEOPLE {
        let account = on.target(server).signed_up("ada").await?;
        people.push(Reader {
            name: account.person.username.clone(),
            client: account.client,
            is_ending: AtomicBool::new(false),
            ended: OnceLock::new(),
        });
    }
    Ok(Arc::new(people))
}

/// Reads everybody's profile from a node, over and over.
async fn read(
    people: Arc<Vec<Reader>>,
    node: Url,
    seen: Arc<Seen>,
    stop: Arc<AtomicBool>,
) -> Result<()> {
    while !stop.load(Ordering::SeqCst) {
        for person in people.iter() {
            let began = Instant::now();
            // A node that is being killed answers nothing.
            let Ok(answer) = person.client.copy().at(&node).profile().await else {
                tokio::task::yield_now().await;
                continue;
            };
            let name = &person.name;
            if answer.status == 503 {
                tokio::task::yield_now().await;
            } else if answer.status == 200 {
                let ended = person.ended.get();
                let is_late = ended.is_some_and(|ended| *ended < began);
                ensure!(!is_late, "{name} was served by {node} after the sign-out");
                seen.lives.fetch_add(1, Ordering::Relaxed);
            } else {
                answer.unauthenticated().context(node.clone())?;
                let is_ending = person.is_ending.load(Ordering::SeqCst);
                ensure!(is_ending, "{name} was signed out by nobody, on {node}");
                seen.dead.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    Ok(())
}
