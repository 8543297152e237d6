//! Failures are counted by what went wrong, and bytes one by one.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use auth_bench::lab::compare::Measure;
use auth_bench::lab::generator::Address;
use auth_bench::lab::record::Shape;

use crate::fake::{Fake, cell, offer, reply, run};

const CLOSED: Shape = Shape::Closed { users: 4 };

#[test]
fn a_known_share_of_failures_is_reported() {
    let server = Fake::start(|request| {
        thread::sleep(Duration::from_millis(1));
        reply(
            if request.number.is_multiple_of(10) {
                503
            } else {
                200
            },
            "{}",
        )
    });
    let run = run(&offer(&[&server], CLOSED, Duration::from_secs(1))).unwrap();
    let failed = run.errors["status 503"];
    assert_eq!(run.errors.len(), 1, "{:?}", run.errors);
    let all = run.requests + failed;
    // Where the window begins and ends, a few more or less fall into it.
    assert!((10 * failed).abs_diff(all) <= 40, "{failed} of {all}");
    assert!(all >= 100, "too few to tell");
    assert_eq!(run.latency.count, run.requests);
    let share = Measure::Errors.samples(&cell(run))[0];
    assert!((0.09..0.11).contains(&share), "{share}");
}

#[test]
fn a_server_that_is_gone_is_told_from_one_that_closes_early() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = Address::of(listener.local_addr().unwrap());
    drop(listener);
    let silent = Fake::start(|_| vec![]);
    let mut offer = offer(&[&silent], CLOSED, Duration::from_millis(300));
    offer.nodes = vec![gone];
    let refused = run(&offer).unwrap();
    assert!(
        refused.errors["connection refused"] > 0,
        "{:?}",
        refused.errors
    );
    assert_eq!(refused.requests, 0);

    let rude = TcpListener::bind("127.0.0.1:0").unwrap();
    offer.nodes = vec![Address::of(rude.local_addr().unwrap())];
    thread::spawn(move || rude.incoming().for_each(drop));
    let reset = run(&offer).unwrap();
    assert!(reset.errors["connection reset"] > 0, "{:?}", reset.errors);
}

#[test]
fn an_answer_that_is_none_is_malformed() {
    let server = Fake::start(|_| b"HTTP/1.1 200 Fine\r\nContent-Length: many\r\n\r\n".to_vec());
    let run = run(&offer(&[&server], CLOSED, Duration::from_millis(300))).unwrap();
    assert!(run.errors["malformed answer"] > 0, "{:?}", run.errors);
}

#[test]
fn every_byte_counts() {
    let plain = reply(200, "twelve bytes");
    let chunked = b"HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n\
                    3\r\ntwe\r\n4\r\nlve \r\n0\r\n\r\n"
        .to_vec();
    for answer in [plain, chunked] {
        let length = answer.len();
        let server = Fake::start(move |_| answer.clone());
        let request = server.address.request("GET", "/profile", "", "");
        let run = run(&offer(&[&server], CLOSED, Duration::from_millis(300))).unwrap();
        assert!(run.requests > 0 && run.errors.is_empty());
        assert_eq!(run.bytes_out, request.len() as f64);
        assert_eq!(run.bytes_in, length as f64);
    }
}

#[test]
fn a_run_that_is_stopped_ends_soon_and_says_nothing() {
    let server = Fake::slow(Duration::from_millis(1));
    let offer = offer(&[&server], CLOSED, Duration::from_secs(60));
    let stop = Arc::clone(&offer.stop);
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(200));
        stop.store(true, Ordering::Relaxed);
    });
    let begun = Instant::now();
    assert!(run(&offer).is_none());
    assert!(begun.elapsed() < Duration::from_secs(30));
}
