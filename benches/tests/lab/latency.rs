//! Latencies are those that the server caused.

use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use auth_bench::lab::record::Shape;

use crate::fake::{Fake, offer, reply, run};

const DELAY: Duration = Duration::from_millis(20);

#[test]
fn a_known_delay_is_reported() {
    let server = Fake::slow(DELAY);
    for shape in [
        Shape::Closed { users: 4 },
        Shape::Open { rate: 50, users: 4 },
    ] {
        let run = run(&offer(&[&server], shape, Duration::from_secs(1))).unwrap();
        let delay = u64::try_from(DELAY.as_micros()).unwrap();
        // Latencies are kept to three significant figures.
        assert!(run.latency.p50 >= delay - 20, "{:?}", run.latency);
        assert!(run.latency.p50 < 5 * delay, "{:?}", run.latency);
        assert!(run.errors.is_empty() && run.requests > 0);
        assert_eq!(run.by_kind.keys().collect::<Vec<_>>(), ["profile"]);
        // Four users can't get more out of it.
        assert!(run.rate <= 4.0 / DELAY.as_secs_f64() + 4.0, "{}", run.rate);
    }
}

/// A server that answers at once, but nothing for half a second from half a second on.
fn stalling() -> Fake {
    let begun = OnceLock::new();
    Fake::start(move |_| {
        let begun = *begun.get_or_init(Instant::now);
        let half = Duration::from_millis(500);
        if begun.elapsed() > half {
            let end = begun + 2 * half;
            thread::sleep(end.saturating_duration_since(Instant::now()));
        }
        reply(200, "{}")
    })
}

#[test]
fn an_open_loop_shows_a_stall_that_a_closed_one_hides() {
    let time = Duration::from_secs(2);
    let open = Shape::Open {
        rate: 200,
        users: 4,
    };
    let open = run(&offer(&[&stalling()], open, time)).unwrap();
    // A hundred of four hundred requests were due in that half second. Those due at its
    // beginning waited nearly all of it.
    assert!(open.latency.p99 >= 400_000, "{:?}", open.latency);
    assert!(open.latency.p90 >= 200_000, "{:?}", open.latency);

    let closed = run(&offer(&[&stalling()], Shape::Closed { users: 1 }, time)).unwrap();
    // One request waited, and its user did not ask again meanwhile.
    assert!(closed.latency.max >= 400_000, "{:?}", closed.latency);
    assert!(closed.latency.p99 < 250_000, "{:?}", closed.latency);
}

#[test]
fn what_is_never_answered_is_not_left_out() {
    let server = Fake::start(|request| {
        if request.number >= 10 {
            thread::sleep(Duration::from_secs(60));
        }
        reply(200, "{}")
    });
    let shape = Shape::Open {
        rate: 100,
        users: 4,
    };
    let run = run(&offer(&[&server], shape, Duration::from_secs(1))).unwrap();
    let unanswered = run.errors["unanswered"];
    assert_eq!((run.requests, unanswered), (10, 90));
    assert_eq!(run.latency.count, 100);
    // The run waits two seconds for what is still due at its end.
    assert!(run.latency.p50 >= 2_000_000, "{:?}", run.latency);
}
