//! The settings of the worker.

use std::time::Duration;

use auth_core::mail::LEASE;

/// How the outbox is emptied.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// How long an empty outbox is left alone at most.
    pub poll_interval: Duration,
    /// How long a claimed mail belongs to this worker. A delivery takes at most three
    /// quarters of it.
    pub lease: Duration,
    /// How many mails are delivered at once, so that one slow server holds up few.
    pub concurrency: u32,
    /// The wait after the first failure; it doubles with each further one.
    pub first_retry: Duration,
    /// The longest wait between two tries.
    pub max_retry: Duration,
    /// A mail that still fails at this age is given up.
    pub give_up_after: Duration,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        const HOUR: Duration = Duration::from_secs(3600);
        Self {
            poll_interval: Duration::from_millis(500),
            lease: LEASE,
            concurrency: 8,
            first_retry: Duration::from_secs(5),
            max_retry: MINUTE.saturating_mul(15),
            give_up_after: HOUR.saturating_mul(72),
        }
    }
}

impl WorkerConfig {
    /// How long to wait before looking again: no two are alike, or nodes would keep in step, and
    /// one that reaches no mail server could take each mail before the others look.
    pub(super) fn poll_pause(&self) -> Duration {
        self.poll_interval.mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    /// How long to wait after a failure that came after `attempts` others.
    pub(super) fn back_off(&self, attempts: u32) -> Duration {
        let factor = 2_u32.saturating_pow(attempts);
        self.first_retry.saturating_mul(factor).min(self.max_retry)
    }

    /// How long a delivery may take, so that its result is settled within the lease.
    pub(super) fn delivery_bound(&self) -> Duration {
        self.lease / 4 * 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_its_maximum() {
        let config = WorkerConfig::default();
        let waits = [0, 1, 2, 7, 8, 40, u32::MAX].map(|n| config.back_off(n).as_secs());
        assert_eq!(waits, [5, 10, 20, 640, 900, 900, 900]);
    }

    #[test]
    fn no_two_workers_stay_in_step() {
        let config = WorkerConfig::default();
        let pauses: Vec<_> = (0..100).map(|_| config.poll_pause()).collect();
        let bounds = config.poll_interval / 2..=config.poll_interval;
        assert!(pauses.iter().all(|pause| bounds.contains(pause)));
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
