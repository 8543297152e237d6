//! Requests that go on and on while something happens.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_testkit::Client;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::deployment::eventually;

/// Requests under way at once.
const TASKS: usize = 4;

/// The pause between two requests of a task: enough load, and cores left for the rest.
const PAUSE: Duration = Duration::from_millis(5);

/// One request and what came of it.
#[derive(Clone, Debug)]
pub struct Sample {
    pub started: Instant,
    pub took: Duration,
    pub status: u16,
    pub code: String,
}

/// Reads with a valid credential in a loop.
pub struct Load {
    samples: Arc<Mutex<Vec<Sample>>>,
    tasks: JoinSet<()>,
}

impl Load {
    /// Starts to read the profile that a client is signed in to.
    pub fn start(client: &Client) -> Self {
        let samples = Arc::new(Mutex::new(vec![]));
        let mut tasks = JoinSet::new();
        for _ in 0..TASKS {
            tasks.spawn(read_on(client.copy(), Arc::clone(&samples)));
        }
        Self { samples, tasks }
    }

    /// Ends, and gives what came of all requests.
    pub fn stop(mut self) -> Vec<Sample> {
        self.tasks.abort_all();
        self.samples()
    }

    fn samples(&self) -> Vec<Sample> {
        self.samples.lock().unwrap().clone()
    }

    /// Waits until so many requests that start from now on were answered.
    pub async fn answers(&self, number: usize) {
        let now = Instant::now();
        let since = || {
            self.samples()
                .iter()
                .filter(|sample| sample.started >= now)
                .count()
        };
        eventually("answers under load", async || since() >= number).await;
    }

    /// Waits until so many requests in a row went well.
    pub async fn goes_well(&self, in_a_row: usize) {
        let well = || {
            let samples = self.samples();
            let latest = samples.iter().rev().take(in_a_row);
            samples.len() >= in_a_row && latest.into_iter().all(|sample| sample.status == 200)
        };
        eventually("requests to go well", async || well()).await;
    }
}

async fn read_on(client: Client, samples: Arc<Mutex<Vec<Sample>>>) {
    loop {
        let started = Instant::now();
        // No answer at all, or one that breaks the contract, must not go unnoticed.
        let (status, code) = match client.profile().await {
            Ok(reply) => (reply.status.as_u16(), reply.code().to_owned()),
            Err(error) => (0, format!("{error:#}")),
        };
        let took = started.elapsed();
        let sample = Sample {
            started,
            took,
            status,
            code,
        };
        samples.lock().unwrap().push(sample);
        sleep(PAUSE).await;
    }
}
