//! How long a sign-out takes until it is in force on every node.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use reqwest::{Client, RequestBuilder};
use tokio::runtime::Runtime;

use crate::server::{Kind, Running, SHARED, Stores};

/// How many, and where.
#[derive(clap::Args)]
pub struct SignOuts {
    /// Sign-outs of each measurement, one after the other.
    #[arg(long, default_value_t = 200)]
    count: usize,
    #[arg(long)]
    postgres: String,
    #[arg(long)]
    redis: String,
}

/// How many nodes share the stores.
const NODES: usize = 3;

impl SignOuts {
    /// Measures three nodes, then two and a dead one, and prints Markdown.
    pub fn measure(&self) -> anyhow::Result<()> {
        println!(
            "| {NODES} nodes, sign-outs at one of them | p50 | p99 | longest |\n|---|---|---|---|"
        );
        let shared = Stores::Shared {
            postgres: self.postgres.clone(),
            redis: self.redis.clone(),
        };
        for kind in SHARED {
            self.measure_on(kind, &shared)?;
        }
        Ok(())
    }

    fn measure_on(&self, kind: Kind, stores: &Stores) -> anyhow::Result<()> {
        let nodes = (0..NODES).map(|_| Running::start(kind, stores));
        let mut nodes = nodes.collect::<anyhow::Result<Vec<_>>>()?;
        self.print(&nodes, "all alive")?;
        if let Some(dead) = nodes.pop() {
            dead.kill()?;
            self.print(&nodes, "one was just killed")?;
        }
        Ok(())
    }

    fn print(&self, nodes: &[Running], how: &str) -> anyhow::Result<()> {
        let Some(node) = nodes.first() else {
            return Ok(());
        };
        let mut times = Runtime::new()?.block_on(self.times(nodes, node))?;
        times.sort();
        let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        println!(
            "| {}, {how} | {:.1} ms | {:.1} ms | {:.1} ms |",
            node.name,
            millis(at(50)),
            millis(at(99)),
            millis(at(100))
        );
        Ok(())
    }

    /// Signs people in, has every node know them, and signs them out.
    async fn times(&self, nodes: &[Running], node: &Running) -> anyhow::Result<Vec<Duration>> {
        let client = Client::new();
        let mut times = vec![];
        for _ in 0..self.count {
            let header = node.sign_in_again().await?;
            let (name, value) = header.split_once(": ").context("no header")?;
            let send = |request: RequestBuilder| request.header(name, value).send();
            for other in nodes {
                let read = send(client.get(&other.read_url)).await?;
                ensure!(read.status().is_success(), "not signed in");
            }
            let begun = Instant::now();
            let answer = send(client.post(format!("{}/logout", node.api()))).await?;
            times.push(begun.elapsed());
            answer.error_for_status()?;
            for other in nodes {
                let read = send(client.get(&other.read_url)).await?;
                ensure!(read.status() == 401, "still signed in");
            }
        }
        Ok(times)
    }
}
