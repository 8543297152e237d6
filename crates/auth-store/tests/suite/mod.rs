//! The cases, written once for every store.

pub mod accounts;
pub mod changes;
pub mod limits;
pub mod sessions;

use std::sync::Arc;

use auth_core::Timestamp;
use tokio::sync::Barrier;

/// The time of a test, this many milliseconds after its start. No store may look at
/// another clock, so any start will do.
pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + millis)
}

/// Lets `count` tasks go at the same moment, and gives what became of each.
pub async fn parallel<T, F>(count: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let gate = Arc::new(Barrier::new(count));
    let started: Vec<_> = (0..count)
        .map(|n| {
            let (gate, work) = (Arc::clone(&gate), task(n));
            tokio::spawn(async move {
                gate.wait().await;
                work.await
            })
        })
        .collect();
    let mut results = vec![];
    for one in started {
        results.push(one.await.unwrap());
    }
    results
}

/// How many of the items are of a kind.
pub fn count<T>(items: &[T], wanted: impl Fn(&T) -> bool) -> usize {
    items.iter().filter(|item| wanted(item)).count()
}
