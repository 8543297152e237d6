//! `cargo xtask test`: every test, with the servers the tests need.

use std::env;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read};
use std::num::NonZero;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::cargo::cargo;
use crate::interrupt::{Group, Interrupt};
use crate::report::Report;
use crate::services::Services;

/// How long to listen for output after the tests ended: a process that one of them left
/// behind may keep the pipe open for ever.
const QUIET: Duration = Duration::from_millis(200);

/// How many tests of a binary run at a time, as the test harness reads it.
const THREADS: &str = "RUST_TEST_THREADS";

/// What to run.
#[derive(clap::Args)]
pub struct Options {
    /// Run only tests whose names contain this.
    filter: Option<String>,
    /// Never install anything.
    #[arg(long)]
    no_install: bool,
}

/// Runs the tests and prints a summary that ends in `N passed, N failed`. Whether all went
/// well; with `CI` set that includes that nothing was left out.
pub fn run(options: &Options) -> bool {
    let report = test(options).unwrap_or_else(|error| {
        println!("{error:#}");
        Report::broken()
    });
    let incomplete = env::var_os("CI").is_some() && !report.left_out.is_empty();
    print_list("failed", &report.failures);
    print_list("not run", &report.left_out);
    print_list("cannot run here", &report.impossible);
    if incomplete {
        println!("CI is set, so nothing may be left out.");
    }
    println!("{}", report.closing_line());
    report.succeeded() && !incomplete
}

fn test(options: &Options) -> Result<Report> {
    let interrupt = Interrupt::watch()?;
    let start = Instant::now();
    let services = Services::provide(!options.no_install)?;
    println!("servers took {:.1} s", start.elapsed().as_secs_f32());

    let start = Instant::now();
    let mut report = cargo_test(options, &services, &interrupt)?;
    println!("tests took {:.1} s", start.elapsed().as_secs_f32());
    report.left_out.extend(services.missing);
    Ok(report)
}

fn cargo_test(options: &Options, services: &Services, interrupt: &Interrupt) -> Result<Report> {
    let mut command = cargo(["test", "--workspace", "--no-fail-fast"]);
    command
        .args(&options.filter)
        .args(["--", "--show-output"])
        .envs(services.environment())
        .env(THREADS, env::var_os(THREADS).unwrap_or_else(threads))
        .stdout(Stdio::piped());
    let mut tests = interrupt.spawn(&mut command)?;
    let mut report = Report::default();
    each_line(&mut tests, |line| {
        if report.read(line) {
            println!("{line}");
        }
    })?;
    let status = tests.wait()?;
    report.ended(status.success());
    println!("\ncargo test ended with {status}");
    Ok(report)
}

/// How many tests of a binary run at a time when nobody says it: most wait for servers half of
/// their time.
fn threads() -> OsString {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    (2 * processors).to_string().into()
}

/// Hands over what a command prints, line by line, until it ended.
fn each_line(group: &mut Group, mut hand_over: impl FnMut(&str)) -> Result<()> {
    let lines = lines_of(group.stdout().context("the output is not a pipe")?);
    loop {
        match lines.recv_timeout(QUIET) {
            Ok(line) => hand_over(&line),
            Err(RecvTimeoutError::Timeout) if group.try_wait()?.is_none() => {}
            Err(_) => return Ok(()),
        }
    }
}

fn lines_of(output: impl Read + Send + 'static) -> Receiver<String> {
    let (send, lines) = channel();
    thread::spawn(move || {
        let output = BufReader::new(output).split(b'\n');
        for line in output.map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if send.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

fn print_list(title: &str, lines: &[String]) {
    if !lines.is_empty() {
        println!("\n{title}:");
    }
    for line in lines {
        println!("  {line}");
    }
}
