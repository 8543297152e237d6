//! The lab's generator held against wrk, on a handler that does nothing.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use auth_bench::lab::environment::Environment;
use auth_bench::lab::generator::{Offer, Workload};
use auth_bench::lab::record::Shape;
use auth_bench::lab::runner::Meter;
use auth_bench::lab::stats;
use auth_bench::wrk::Load;
use tokio::runtime::Builder;

/// Connections of either.
const CONNECTIONS: u32 = 32;

/// How often the two take turns.
const TURNS: usize = 3;

/// The pause of the handler whose pace neither can quicken.
const PAUSE_MS: u64 = 20;

/// How far the two may differ at that pace.
const APART: f64 = 0.1;

/// The least of wrk's rate that the generator has to reach when nothing holds it up.
const SHARE: f64 = 0.6;

/// Arrivals a second that are offered whatever the answers do.
const RATE: u32 = 2000;

/// Measures with both in turns, and compares.
///
/// Whether two generators agree only shows where the server sets the pace: there each answer
/// takes some milliseconds, and the same number of connections can't get more out of it.
/// Where nothing holds them up, they compete with the server for the cores, and the rate says
/// how little each of them costs.
///
/// # Errors
/// When wrk is missing, or the two don't agree.
pub fn run(time: Duration) -> anyhow::Result<()> {
    let lab = std::env::current_exe()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let paced = Pair::measure(&lab, &["--pause-ms".into(), PAUSE_MS.to_string()], time).await?;
        paced.print(&format!("an answer takes {PAUSE_MS} ms"));
        let free = Pair::measure(&lab, &[], time).await?;
        free.print("nothing holds them up");
        let answered = open_loop(&lab, time).await?;
        println!("open loop: {RATE} requests/s offered, {answered:.0} answered");
        ensure!(
            (paced.share() - 1.0).abs() <= APART,
            "the rates differ by more than a tenth"
        );
        ensure!(free.share() >= SHARE, "the generator is too slow");
        ensure!(
            (answered / f64::from(RATE) - 1.0).abs() <= APART,
            "the open loop does not offer what it should"
        );
        Ok(())
    })
}

/// What the two reached, the median of their turns.
struct Pair {
    lab: f64,
    wrk: f64,
}

impl Pair {
    async fn measure(lab: &Path, flags: &[String], time: Duration) -> anyhow::Result<Self> {
        let environment = Environment::bare(lab, flags).await?;
        let url = format!("http://{}/profile", environment.nodes[0].host);
        let load = Load::reading(&url, None, CONNECTIONS);
        let (mut own, mut others) = (vec![], vec![]);
        for _ in 0..TURNS {
            let shape = Shape::Closed { users: CONNECTIONS };
            own.push(rate(&environment, shape, time).await?);
            others.push(load.run(time)?.rate);
        }
        environment.close().await;
        Ok(Self {
            lab: stats::median(&own).context("there was no turn")?,
            wrk: stats::median(&others).context("there was no turn")?,
        })
    }

    fn share(&self) -> f64 {
        self.lab / self.wrk
    }

    fn print(&self, when: &str) {
        let (lab, wrk, share) = (self.lab, self.wrk, 100.0 * self.share());
        println!("{when}: lab {lab:.0} requests/s, wrk {wrk:.0}: {share:.0} %");
    }
}

async fn open_loop(lab: &Path, time: Duration) -> anyhow::Result<f64> {
    let environment = Environment::bare(lab, &[]).await?;
    let users = CONNECTIONS;
    let answered = rate(&environment, Shape::Open { rate: RATE, users }, time).await;
    environment.close().await;
    answered
}

async fn rate(environment: &Environment, shape: Shape, time: Duration) -> anyhow::Result<f64> {
    let offer = Offer {
        workload: Workload::Read,
        shape,
        nodes: environment.nodes.clone(),
        accounts: vec![],
        ramp: None,
        warm_up: Duration::from_millis(500),
        time,
        // wrk is told to use one, too.
        threads: 1,
        seed: 1,
        stop: Arc::default(),
    };
    let meter = Meter {
        environment,
        stores: vec![],
        idle_trips: 0.0,
    };
    let run = meter.run(&offer).await?.context("the run was stopped")?;
    ensure!(run.errors.is_empty(), "requests failed: {:?}", run.errors);
    Ok(run.rate)
}
