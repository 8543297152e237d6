//! The open loop: requests are due at fixed times, whatever became of those before.
//!
//! Each user has a queue of its own. A request waits in it while the user waits for an earlier
//! answer, and its latency counts from when it was due, so that a stall shows in every
//! request that it held up (no coordinated omission).

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::timeout_at;

use super::Window;
use super::person::Person;
use super::tally::{Tally, lock};
use super::workload::Script;
use crate::lab::alarm::Alarm;

/// How long after the end to wait for answers that are still due.
const GRACE: Duration = Duration::from_secs(2);

/// Which of all arrivals are those of one thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrivals {
    /// All arrivals in a second.
    pub(super) rate: u32,
    /// All users: they take turns.
    pub(super) users: usize,
    /// The number of the thread's first user.
    pub(super) first: usize,
    /// How far apart the numbers of its users are.
    pub(super) step: usize,
}

impl Arrivals {
    /// When each arrival is due after the start, and for which of the thread's users.
    fn due(self) -> impl Iterator<Item = (Duration, usize)> {
        let own = (self.first..self.users).step_by(self.step.max(1));
        let rounds = (0..u64::MAX).map(move |round| round * self.users as u64);
        let between = 1.0 / f64::from(self.rate.max(1));
        rounds.flat_map(move |done| {
            own.clone().enumerate().map(move |(index, number)| {
                // Counts stay far below 2^53, up to which a float is exact.
                #[allow(clippy::cast_precision_loss)]
                let arrivals = (done + number as u64) as f64;
                (Duration::from_secs_f64(arrivals * between), index)
            })
        })
    }
}

/// Puts arrivals into the queues of the users when they are due.
pub(super) async fn pace(
    arrivals: Arrivals,
    queues: Vec<UnboundedSender<Instant>>,
    window: Window,
) -> anyhow::Result<()> {
    let alarm = Alarm::new()?;
    for (after, user) in arrivals.due() {
        let due = window.start + after;
        if due >= window.until {
            break;
        }
        alarm.until(due).await?;
        if let Some(queue) = queues.get(user) {
            // A user only ends when the queue does.
            let _ = queue.send(due);
        }
    }
    Ok(())
}

/// Acts on each arrival until the queue ends. What was due within the window counts,
/// whenever it was answered.
pub(super) async fn act(
    mut person: Person,
    mut script: Script,
    mut queue: UnboundedReceiver<Instant>,
    window: Window,
    tally: Arc<Mutex<Tally>>,
) {
    let end = window.until + GRACE;
    while let Some(due) = queue.recv().await {
        let kind = script.next(person.is_signed_in());
        let outcome = if Instant::now() < end {
            timeout_at(end.into(), person.act(kind)).await.ok()
        } else {
            // The connection may still owe the answer to what was given up.
            None
        };
        if !(window.from..window.until).contains(&due) {
            continue;
        }
        let waited = due.elapsed();
        match outcome {
            Some(outcome) => lock(&tally).note(&outcome, waited),
            None => lock(&tally).unanswered(kind, waited),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_share_the_arrivals_and_users_take_turns() {
        let share = |first| Arrivals {
            rate: 1000,
            users: 5,
            first,
            step: 2,
        };
        let mut all = vec![];
        for (first, users) in [(0, vec![0, 2, 4]), (1, vec![1, 3])] {
            let due: Vec<_> = share(first).due().take(users.len() * 3).collect();
            assert!(due.is_sorted());
            all.extend(
                due.iter()
                    .map(|(due, user)| (due.as_micros(), users[*user])),
            );
        }
        all.sort_unstable();
        let expected = (0..15).map(|n| (n as u128 * 1000, n % 5));
        assert!(all.into_iter().eq(expected));
    }
}
