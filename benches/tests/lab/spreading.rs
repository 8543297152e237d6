//! Users are spread over the nodes, and each has a connection of its own.

use std::sync::atomic::Ordering;
use std::time::Duration;

use auth_bench::lab::record::Shape;

use crate::fake::{Fake, offer, run};

#[test]
fn every_node_gets_its_share_of_the_arrivals() {
    let servers: Vec<_> = (0..3).map(|_| Fake::slow(Duration::ZERO)).collect();
    let servers: Vec<_> = servers.iter().collect();
    let shape = Shape::Open {
        rate: 300,
        users: 6,
    };
    let run = run(&offer(&servers, shape, Duration::from_secs(1))).unwrap();
    assert_eq!(run.requests, 300);
    for server in servers {
        assert_eq!(server.requests.load(Ordering::Relaxed), 100);
    }
}

#[test]
fn no_user_waits_for_the_answer_of_another() {
    let server = Fake::slow(Duration::from_millis(100));
    let shape = Shape::Closed { users: 20 };
    let run = run(&offer(&[&server], shape, Duration::from_secs(1))).unwrap();
    // On one connection it would be ten.
    assert!(run.requests > 60, "{}", run.requests);
}
