//! How fast the servers are, measured with wrk against a bare actix handler in one run.
//!
//! `cargo run --release --bin speed`. It builds and starts the release
//! servers itself, on throwaway data, and prints Markdown.

mod arrivals;
mod embedder;
mod hashing;
mod server;
mod sign_outs;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use auth_bench::bare;
use auth_bench::wrk::{Load, Outcome};
use clap::{Parser, Subcommand};

use arrivals::Arrivals;
use server::{Running, Stores};
use sign_outs::SignOuts;

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    role: Option<Role>,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Measurements of each server, interleaved; the median counts.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Measures PostgreSQL and Redis too.
    #[arg(long, requires = "redis")]
    postgres: Option<String>,
    /// Measures PostgreSQL and Redis too.
    #[arg(long, requires = "postgres")]
    redis: Option<String>,
    /// Measures reads only, no sign-ins.
    #[arg(long)]
    reads_only: bool,
    /// Measures oauth-server too, which issues what another server does.
    #[arg(long)]
    oauth: bool,
}

#[derive(Subcommand)]
enum Role {
    /// Serves the bare handler; the measurement starts it.
    Bare { port: u16 },
    /// Serves an application that embeds a strategy; the measurement starts it.
    Embedder { port: u16 },
    /// Measures sign-ins through the built-in provider instead.
    Arrivals(Arrivals),
    /// Measures sign-outs on several nodes instead.
    SignOuts(SignOuts),
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match cli.role {
        Some(Role::Bare { port }) => Ok(bare::serve(port, Duration::ZERO)?),
        Some(Role::Embedder { port }) => embedder::serve(port),
        Some(Role::Arrivals(arrivals)) => arrivals.measure(),
        Some(Role::SignOuts(sign_outs)) => sign_outs.measure(),
        None => measure(&cli),
    }
}

fn measure(cli: &Cli) -> anyhow::Result<()> {
    let mut targets = vec![Running::bare()?, Running::embedder()?];
    let mut stores = vec![Stores::Embedded];
    if let (Some(postgres), Some(redis)) = (&cli.postgres, &cli.redis) {
        stores.push(Stores::Shared {
            postgres: postgres.clone(),
            redis: redis.clone(),
        });
    }
    for stores in &stores {
        let oauth = cli.oauth.then_some(server::OAUTH);
        for kind in server::KINDS.into_iter().chain(oauth.into_iter().flatten()) {
            let started = Running::start(kind, stores);
            targets.push(started.with_context(|| format!("{kind} on {stores}"))?);
        }
    }
    print_starts(&targets);
    print_reads(cli, &targets)?;
    match cli.reads_only {
        true => Ok(()),
        false => print_sign_ins(cli, &targets),
    }
}

fn print_starts(targets: &[Running]) {
    println!("| server | start to first 200 | idle resident memory |\n|---|---|---|");
    for target in targets {
        let (start, memory) = (target.start.as_millis(), target.idle_memory_kib / 1024);
        println!("| {} | {start} ms | {memory} MB |", target.name);
    }
}

fn print_reads(cli: &Cli, targets: &[Running]) -> anyhow::Result<()> {
    let mut outcomes: BTreeMap<usize, Vec<Read>> = BTreeMap::new();
    for _ in 0..cli.runs {
        for (n, target) in targets.iter().enumerate() {
            let read = Read::measure(target, Duration::from_secs(cli.seconds))?;
            outcomes.entry(n).or_default().push(read);
        }
    }
    println!(
        "\n| reads, 32 connections | requests/s | of bare | processor time of the server | of \
         bare | p99 |\n|---|---|---|---|---|---|"
    );
    let mut bare = None;
    for (target, reads) in targets.iter().zip(outcomes.values()) {
        let rate = median(reads.iter().map(|read| read.rate));
        let micros = median(reads.iter().map(|read| read.micros));
        let p99 = median(reads.iter().map(|read| read.p99_ms));
        let (bare_rate, bare_micros) = *bare.get_or_insert((rate, micros));
        println!(
            "| {} | {rate:.0} | {:.1} % | {micros:.1} µs | {:.2} | {p99:.2} ms |",
            target.name,
            100.0 * rate / bare_rate,
            micros / bare_micros
        );
    }
    Ok(())
}

/// A measurement of reads.
struct Read {
    rate: f64,
    /// Processor time of the server for one of them.
    micros: f64,
    p99_ms: f64,
}

impl Read {
    fn measure(target: &Running, time: Duration) -> anyhow::Result<Self> {
        let load = Load::reading(&target.read_url, target.credential.as_deref(), 32);
        let before = target.processor_time()?;
        let Outcome {
            rate,
            p99_ms,
            failed,
        } = load.run(time)?;
        anyhow::ensure!(failed == 0, "{} refused reads", target.name);
        let used = target.processor_time()? - before;
        Ok(Self {
            rate,
            micros: 1e6 * used.as_secs_f64() / (rate * time.as_secs_f64()),
            p99_ms,
        })
    }
}

/// Sign-ins a second, and how the rest fares meanwhile.
fn print_sign_ins(cli: &Cli, targets: &[Running]) -> anyhow::Result<()> {
    let time = Duration::from_secs(cli.seconds);
    let alone = median((0..cli.runs).map(|_| hashing::alone(time)));
    println!("\nThe argon2 crate alone on all cores: {alone:.1} passwords/s");
    println!(
        "\n| 64 connections sign in | sign-ins/s | of argon2 alone | refused |\n|---|---|---|---|"
    );
    for target in targets.iter().filter(|t| t.is_server) {
        let run = || {
            let outcome = target.sign_ins().run(time)?;
            target.come_to_rest().map(|()| outcome)
        };
        let runs = (0..cli.runs).map(|_| run());
        let runs = runs.collect::<anyhow::Result<Vec<_>>>()?;
        let rate = median(runs.iter().map(|o| o.rate));
        let refused: u64 = runs.iter().map(|o| o.failed).sum();
        let share = 100.0 * rate / alone;
        println!("| {} | {rate:.1} | {share:.0} % | {refused} |", target.name);
    }
    print_meanwhile(cli, targets, time)
}

/// One after the other: two readers at once would wait for each other's processor.
fn print_meanwhile(cli: &Cli, targets: &[Running], time: Duration) -> anyhow::Result<()> {
    println!(
        "\n| meanwhile, 4 connections | p99 of GET /profile | p99 of /health/live |\n|---|---|---|"
    );
    for target in targets.iter().filter(|t| t.is_server) {
        let credential = target.credential.as_deref();
        let profile = Load::reading(&target.read_url, credential, 4);
        let profile = under_flood(cli, target, &profile, time)?;
        let live = Load::reading(&target.live_url(), None, 4);
        let live = under_flood(cli, target, &live, time)?;
        println!("| {} | {profile:.1} ms | {live:.1} ms |", target.name);
    }
    Ok(())
}

/// The p99 of a load while 64 connections sign in.
fn under_flood(cli: &Cli, target: &Running, load: &Load, time: Duration) -> anyhow::Result<f64> {
    let mut p99 = vec![];
    for _ in 0..cli.runs {
        let flood = target.sign_ins().start(time + Duration::from_secs(1))?;
        let outcome = load.run(time)?;
        anyhow::ensure!(outcome.failed == 0, "{} refused reads", target.name);
        p99.push(outcome.p99_ms);
        flood.finish()?;
        target.come_to_rest()?;
    }
    Ok(median(p99.into_iter()))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
