//! Servers that do exactly what they are told.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use auth_bench::lab::environment::Environment;
use auth_bench::lab::generator::{Account, Address, Offer, Workload};
use auth_bench::lab::record::{Cell, Load, Run, Setup, Shape};
use auth_bench::lab::runner::Meter;
use tokio::runtime::Builder;

/// A request as a server sees it.
pub struct Request {
    /// `GET /api/auth/profile`.
    pub line: String,
    /// How many came before it.
    pub number: u64,
}

/// A server on a free port, for as long as the test runs.
pub struct Fake {
    /// Where it listens.
    pub address: Address,
    /// How many requests came.
    pub requests: Arc<AtomicU64>,
}

impl Fake {
    /// Answers each request by these bytes; whoever takes time to make them is slow.
    pub fn start(answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address::of(listener.local_addr().unwrap());
        let (answer, requests) = (Arc::new(answer), Arc::new(AtomicU64::new(0)));
        let count = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, answer, count) = (stream.unwrap(), answer.clone(), count.clone());
                thread::spawn(move || serve(&stream, &*answer, &count));
            }
        });
        Self { address, requests }
    }

    /// A server that takes this long for each answer.
    pub fn slow(pause: Duration) -> Self {
        Self::start(move |_| {
            thread::sleep(pause);
            reply(200, "{}")
        })
    }
}

/// An answer with a body of JSON.
pub fn reply(status: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} Fine\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}

fn serve(stream: &TcpStream, answer: &dyn Fn(&Request) -> Vec<u8>, count: &AtomicU64) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let mut line = String::new();
        if !reader.read_line(&mut line).is_ok_and(|length| length > 0) {
            return;
        }
        let mut length = 0;
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).is_err() || header.trim().is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("Content-Length: ") {
                length = value.trim().parse().unwrap();
            }
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
        let line = line.trim_end_matches(" HTTP/1.1\r\n").to_owned();
        let number = count.fetch_add(1, Ordering::Relaxed);
        if writer
            .write_all(&answer(&Request { line, number }))
            .is_err()
        {
            return;
        }
    }
}

/// An offer of reads to these servers.
pub fn offer(servers: &[&Fake], shape: Shape, time: Duration) -> Offer {
    Offer {
        workload: Workload::Read,
        shape,
        nodes: servers
            .iter()
            .map(|server| server.address.clone())
            .collect(),
        accounts: vec![],
        ramp: None,
        warm_up: Duration::ZERO,
        time,
        threads: 2,
        seed: 1,
        stop: Arc::default(),
    }
}

/// Measures it; nothing when it was stopped.
pub fn run(offer: &Offer) -> Option<Run> {
    let environment = Environment::at(offer.nodes.clone(), vec![]);
    let meter = Meter {
        environment: &environment,
        stores: vec![],
        idle_trips: 0.0,
    };
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(meter.run(offer)).unwrap()
}

/// A cell of this one run.
pub fn cell(run: Run) -> Cell {
    Cell {
        setup: Setup {
            strategy: "fake".into(),
            store: "none".into(),
            nodes: 1,
            store_rtt_us: 0,
            algorithm: None,
        },
        load: Load {
            workload: "read".into(),
            shape: Shape::Closed { users: 4 },
        },
        runs: vec![run],
        sustained: None,
        revocation_lag_ms: vec![],
        bytes_per_session: None,
        problem: None,
        remarks: vec![],
    }
}

/// Somebody.
pub fn ada() -> Account {
    Account {
        name: "ada".into(),
        password: "analytical engine no. 1".into(),
    }
}
