//! Durations on clocks that do not agree.

use std::time::Duration;

use crate::rules::{Rule, Rules};

/// A reading of two clocks of one machine, or a moment on them.
///
/// Each has a flaw the other lacks: `CLOCK_MONOTONIC_RAW` stands still while the machine is
/// suspended, and `CLOCK_BOOTTIME` is slewed by NTP. Hence a lease has lapsed when *either* says so,
/// and has been waited out when *both* do. ([`std::time::Instant`] is slewed and stands still.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instants {
    /// `CLOCK_BOOTTIME`, since boot.
    pub boottime: Duration,
    /// `CLOCK_MONOTONIC_RAW`, since boot.
    pub monotonic_raw: Duration,
}

impl Instants {
    /// The boot: a deadline that has passed.
    pub const ZERO: Self = Self {
        boottime: Duration::ZERO,
        monotonic_raw: Duration::ZERO,
    };

    /// Whether a deadline has passed by one of the clocks at least.
    #[must_use]
    pub fn has_lapsed(self, deadline: Self) -> bool {
        self.boottime >= deadline.boottime || self.monotonic_raw >= deadline.monotonic_raw
    }

    /// Whether a moment has come by both clocks.
    #[must_use]
    pub fn has_waited(self, until: Self) -> bool {
        self.boottime >= until.boottime && self.monotonic_raw >= until.monotonic_raw
    }

    /// So much later on both clocks.
    #[must_use]
    pub const fn plus(self, duration: Duration) -> Self {
        Self {
            boottime: self.boottime.saturating_add(duration),
            monotonic_raw: self.monotonic_raw.saturating_add(duration),
        }
    }

    /// The later on each clock.
    #[must_use]
    pub fn latest(self, other: Self) -> Self {
        Self {
            boottime: self.boottime.max(other.boottime),
            monotonic_raw: self.monotonic_raw.max(other.monotonic_raw),
        }
    }
}

/// A lease of no length that is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a lease lasts from 100 ms to 1 s, not {0:?}")]
pub struct InvalidLease(pub Duration);

/// How long a node may trust what it caches after it has asked for news: what it registers when it
/// joins, and what a revocation waits for when the node does not answer.
///
/// The holder counts a tenth less and the waiter a tenth more, so that the one is over before the
/// other whatever their clocks do. Linux lets NTP slew `CLOCK_BOOTTIME` by 10 % and 500 ppm at most
/// (chrony does by up to 8.3 %), and crystals, which are all that moves `CLOCK_MONOTONIC_RAW`,
/// differ by less than 0.1 %. The worst pair is a holder that was suspended, for whom only a slewed
/// `CLOCK_BOOTTIME` counts, and a waiter whose crystal is fast: the lease is over after
/// 0.9 / 0.8995 < 1.001 of its length, the wait after 1.1 / 1.001 > 1.098.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lease(Duration);

impl Lease {
    /// The shortest: renewed every 33 ms.
    pub const MIN: Self = Self(Duration::from_millis(100));
    /// One second. What a change has to wait for is still answered before clients give up.
    pub const DEFAULT: Self = Self(Duration::from_secs(1));
    /// The longest. A store that lost its data does not know how long the leases were that it had
    /// given, so that changes wait for this one then.
    pub const MAX: Self = Self(Duration::from_secs(1));

    /// One part in so many is taken off the lease and added to the wait.
    const DRIFT: u32 = 10;

    /// A lease of this length.
    ///
    /// # Errors
    /// When it is shorter than [`Lease::MIN`] or longer than [`Lease::MAX`].
    pub fn new(length: Duration) -> Result<Self, InvalidLease> {
        let lease = Self(length);
        if (Self::MIN..=Self::MAX).contains(&lease) {
            Ok(lease)
        } else {
            Err(InvalidLease(length))
        }
    }

    /// Its nominal length, as it is registered.
    #[must_use]
    pub const fn length(self) -> Duration {
        self.0
    }

    /// How long its holder may trust it, on the holder's clocks.
    #[must_use]
    pub fn held(self) -> Duration {
        self.0 - self.0 / Self::DRIFT
    }

    /// How long one waits until nobody holds it any more, on the waiter's clocks.
    #[must_use]
    pub fn waited(self) -> Duration {
        self.0 + self.0 / Self::DRIFT
    }

    pub(crate) fn held_by(self, rules: Rules) -> Duration {
        if rules.hold(Rule::Drift) {
            self.held()
        } else {
            self.0
        }
    }

    pub(crate) fn waited_by(self, rules: Rules) -> Duration {
        if rules.hold(Rule::Drift) {
            self.waited()
        } else {
            self.0
        }
    }

    /// How often it is renewed, and how long a renewal may take: a third of its length.
    #[must_use]
    pub fn renewal(self) -> Duration {
        self.0 / 3
    }
}
