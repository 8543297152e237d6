//! The lag of a sign-out is that of the slowest node.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use auth_bench::lab::environment::Environment;
use auth_bench::lab::runner::lag;

use crate::fake::{Fake, ada, reply};

/// A node that hears of a sign-out so much later.
fn node(signed_out: &Arc<Mutex<Option<Instant>>>, later: Duration) -> Fake {
    let signed_out = Arc::clone(signed_out);
    Fake::start(move |request| match request.line.as_str() {
        "POST /api/auth/login" => reply(200, r#"{"access_token": "t", "refresh_token": "r"}"#),
        "POST /api/auth/logout" => {
            *signed_out.lock().unwrap() = Some(Instant::now());
            reply(200, "{}")
        }
        "GET /api/auth/profile" => {
            let since = signed_out.lock().unwrap().map(|when| when.elapsed());
            let heard = since.is_some_and(|since| since >= later);
            reply(if heard { 401 } else { 200 }, "{}")
        }
        other => panic!("{other}"),
    })
}

async fn lag_of(delays: [Duration; 2], limit: Duration) -> Option<Duration> {
    let signed_out = Arc::default();
    let nodes = delays.map(|later| node(&signed_out, later));
    let nodes = nodes.iter().map(|node| node.address.clone());
    let environment = Environment::at(nodes.collect(), vec![ada()]);
    lag(&environment, limit).await.unwrap()
}

#[tokio::test]
async fn the_slowest_node_counts() {
    let later = Duration::from_millis(150);
    let found = lag_of([Duration::ZERO, later], Duration::from_secs(20)).await;
    // It begins with the answer, which comes a moment after the fake noted the time.
    assert!(found.unwrap() >= Duration::from_millis(100), "{found:?}");
}

#[tokio::test]
async fn only_what_begins_after_the_answer_counts() {
    let at_once = [Duration::ZERO; 2];
    let found = lag_of(at_once, Duration::from_secs(20)).await;
    assert_eq!(found, Some(Duration::ZERO));
}

#[tokio::test]
async fn never_is_an_answer() {
    let hour = Duration::from_secs(3600);
    let found = lag_of([Duration::ZERO, hour], Duration::from_millis(100)).await;
    assert_eq!(found, None);
}
