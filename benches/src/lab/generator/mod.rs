//! Sending requests and noting what came of them.

mod address;
mod closed;
mod connection;
mod frame;
mod open;
mod person;
mod tally;
mod workers;
mod workload;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

pub use address::Address;
pub use connection::{Answer, Connection, Failure};
pub use person::{Account, Person};
pub use tally::{Outcome, Tally};
pub use workers::Workers;
pub use workload::{Kind, Workload};

use super::record::Shape;

/// What is offered to whom.
#[derive(Clone)]
pub struct Offer {
    /// What users do.
    pub workload: Workload,
    /// How requests are offered, and by how many users.
    pub shape: Shape,
    /// The nodes, over which users are spread evenly.
    pub nodes: Vec<Address>,
    /// The accounts, over which users are spread evenly. Without any, requests carry no
    /// credential.
    pub accounts: Vec<Account>,
    /// Users who begin in a second; all at once where there is no such number.
    pub ramp: Option<u32>,
    /// How long it runs before it is measured, not counting the ramp.
    pub warm_up: Duration,
    /// How long it is measured.
    pub time: Duration,
    /// Threads that send.
    pub threads: usize,
    /// Makes equal runs make equal choices.
    pub seed: u64,
    /// Ends it early when it turns true.
    pub stop: Arc<AtomicBool>,
}

impl Offer {
    /// How many users there are.
    pub fn users(&self) -> usize {
        match self.shape {
            Shape::Closed { users } | Shape::Open { users, .. } => users.max(1) as usize,
        }
    }

    /// When the user with this number begins, after the start.
    fn begins(&self, number: usize) -> Duration {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let ramp = self.ramp.filter(|rate| *rate > 0);
        ramp.map_or(Duration::ZERO, |rate| {
            Duration::from_secs(1) * number / rate
        })
    }

    /// How long it runs before it is measured.
    pub fn prelude(&self) -> Duration {
        self.begins(self.users()) + self.warm_up
    }
}

/// When a run happens.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// When the first user begins.
    pub start: Instant,
    /// From when on it counts.
    pub from: Instant,
    /// Until when.
    pub until: Instant,
}
