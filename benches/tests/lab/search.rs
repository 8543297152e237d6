//! The search finds what a server is known to carry.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use auth_bench::lab::environment::Environment;
use auth_bench::lab::record::{Shape, Sustained};
use auth_bench::lab::runner::{Meter, search};

use crate::fake::{Fake, offer, reply};

const BOUND: Duration = Duration::from_millis(50);

async fn found(server: &Fake, start: u32) -> anyhow::Result<Option<Sustained>> {
    let shape = Shape::Closed { users: 32 };
    let offer = offer(&[server], shape, Duration::from_millis(400));
    let environment = Environment::at(offer.nodes.clone(), vec![]);
    let meter = Meter {
        environment: &environment,
        stores: vec![],
        idle_trips: 0.0,
    };
    search(&meter, &offer, start, BOUND).await
}

/// One request after the other, five milliseconds each: at most 200 a second.
fn queue() -> Fake {
    let turn = Mutex::new(());
    Fake::start(move |_| {
        let _turn = turn.lock().unwrap();
        thread::sleep(Duration::from_millis(5));
        reply(200, "{}")
    })
}

#[tokio::test]
async fn the_highest_rate_is_found_from_below_and_from_above() {
    for start in [40, 1600] {
        let rate = found(&queue(), start).await.unwrap().unwrap().rate;
        // A busy machine sleeps longer than it is told.
        assert!((80.0..=250.0).contains(&rate), "{rate} from {start}");
    }
}

#[tokio::test]
async fn a_server_that_is_never_in_time_has_none() {
    let slow = Fake::slow(2 * BOUND);
    let failure = found(&slow, 8).await.unwrap_err();
    assert!(failure.to_string().contains("at any rate"), "{failure}");
}
