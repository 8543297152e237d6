//! The strategy lab: `cargo run --release --bin lab -- compare` answers "sessions or
//! JWT?" with measurements of this machine.

mod cli;
mod selfcheck;

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use auth_bench::bare;
use auth_bench::lab::environment::{Services, Store};
use auth_bench::lab::plan::{Plan, Target};
use auth_bench::lab::record::{Record, SCHEMA};
use auth_bench::lab::runner::{Runner, minutes};
use auth_bench::lab::{diff, growth, model, report, system};
use clap::Parser as _;
use indicatif::ProgressBar;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::runtime::Builder;

use cli::{Cli, Comparison, Growing, Role, Switching};

fn main() -> anyhow::Result<()> {
    match Cli::parse().role {
        Role::Compare(comparison) => compare(&comparison),
        Role::Diff { before, after } => {
            print!("{}", diff::text(&read(&before)?, &read(&after)?));
            Ok(())
        }
        Role::Report {
            record,
            out,
            planned,
        } => {
            let (record, plan) = (read(&record)?, planned.plan()?);
            let out = out.unwrap_or_else(|| directory(&record));
            write(&record, &plan, &out)
        }
        Role::Grow(growing) => grow(&growing),
        Role::Switch(switching) => switch(&switching),
        Role::Selfcheck { seconds } => selfcheck::run(Duration::from_secs(seconds)),
        Role::Bare { port, pause_ms } => Ok(bare::serve(port, Duration::from_millis(pause_ms))?),
    }
}

fn compare(comparison: &Comparison) -> anyhow::Result<()> {
    let plan = comparison.plan()?;
    ensure!(!plan.points.is_empty(), "there is no such combination");
    let takes = plan.steps().iter().map(|step| plan.takes(step)).sum();
    eprintln!("{} cells, about {}", plan.points.len(), minutes(takes));
    if comparison.dry_run {
        for point in &plan.points {
            println!("{} · {}", point.target.name(), point.workload.name());
        }
        return Ok(());
    }
    let stop = stop_on_signals()?;
    build(&plan)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let record = runtime.block_on(measure(plan, comparison, stop))?;
    let out = comparison.out.clone().unwrap_or_else(|| directory(&record));
    write(&record, &model::Plan::default(), &out)
}

async fn measure(
    plan: Plan,
    comparison: &Comparison,
    stop: Arc<AtomicBool>,
) -> anyhow::Result<Record> {
    let stores = plan.points.iter().filter_map(|point| match &point.target {
        Target::Own(deployment) => Some(deployment.store),
        Target::Given(_) => None,
    });
    let stores: Vec<_> = stores.collect();
    let postgres = stores.iter().any(|store| store.needs_postgres());
    let redis = stores.iter().any(|store| store.needs_redis());
    let services = Services::start(&comparison.services(), postgres, redis).await;
    let mut versions = system::versions();
    versions.extend(services.versions());
    let record = Record {
        schema: SCHEMA,
        started_at: OffsetDateTime::now_utc().format(&Rfc3339)?,
        took_s: 0.0,
        interrupted: false,
        command: cli::command(),
        settings: comparison.settings_told(&plan),
        commit: system::commit(),
        machine: system::machine(),
        versions,
        bare: None,
        cells: vec![],
    };
    let lab = std::env::current_exe()?;
    Ok(Runner::new(plan, services, stop, lab, record).run().await)
}

fn grow(growing: &Growing) -> anyhow::Result<()> {
    let growth = growing.growth();
    let bar = ProgressBar::new(growth.users);
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let growing_up = growth::grow(&growing.database, &growth, |done| bar.set_position(done));
    let grown = runtime.block_on(growing_up)?;
    bar.finish_and_clear();
    growing.print(&grown);
    Ok(())
}

fn switch(switching: &Switching) -> anyhow::Result<()> {
    let switch = switching.switch();
    ensure!(
        switch.store != Store::Memory,
        "--store memory is shared by no two nodes: name another one"
    );
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = switch.store;
        let given = switching.services();
        let services = Services::start(&given, store.needs_postgres(), store.needs_redis()).await;
        let outcome = switch.run(&services, |step| eprintln!("{step}")).await?;
        println!("{}", outcome.told());
        outcome.check().await
    })
}

/// The first signal ends the measurement in good order, the second one at once.
fn stop_on_signals() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop))?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// Builds the servers before anything is timed.
fn build(plan: &Plan) -> anyhow::Result<()> {
    let own = plan.points.iter().find_map(|point| match &point.target {
        Target::Own(deployment) => Some(deployment.strategy.program()),
        Target::Given(_) => None,
    });
    if let Some(program) = own {
        eprintln!("building the servers …");
        program.path()?;
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Record> {
    let file = File::open(path).with_context(|| format!("{} can't be read", path.display()))?;
    let record: Record = serde_json::from_reader(BufReader::new(file))
        .with_context(|| format!("{} is no record", path.display()))?;
    ensure!(
        record.schema == SCHEMA,
        "{} has schema {}, this lab reads {SCHEMA}",
        path.display(),
        record.schema
    );
    Ok(record)
}

/// Named after when it began, beside the results of other days.
fn directory(record: &Record) -> PathBuf {
    let time = record
        .started_at
        .chars()
        .take_while(|c| *c != '.' && *c != 'Z');
    let time: String = time.map(|c| if c == ':' { '-' } else { c }).collect();
    Path::new("lab-results").join(time)
}

fn write(record: &Record, plan: &model::Plan, out: &Path) -> anyhow::Result<()> {
    report::write_planned(record, plan, out)?;
    println!("{}", report::opening(record).join("\n\n"));
    println!("\n{}", out.join("report.html").display());
    Ok(())
}
