//! The clocks by which leases are counted.

use std::time::Duration;

use auth_revocation::Instants;

/// Whether a lease may be held here: only where there is a clock that goes on while the machine
/// is suspended, and one that nobody slews.
pub(super) const CAN_HOLD: bool = cfg!(target_os = "linux");

/// What the clocks show.
#[cfg(target_os = "linux")]
pub(super) fn now() -> Instants {
    use rustix::time::{ClockId, clock_gettime};
    let read = |clock| {
        let time = clock_gettime(clock);
        let (seconds, nanos) = (time.tv_sec.cast_unsigned(), time.tv_nsec);
        Duration::new(seconds, u32::try_from(nanos).unwrap_or_default())
    };
    Instants {
        boottime: read(ClockId::Boottime),
        monotonic_raw: read(ClockId::MonotonicRaw),
    }
}

/// What a clock shows by which one can wait. It may stand still, so that a wait is longer.
#[cfg(not(target_os = "linux"))]
pub(super) fn now() -> Instants {
    use std::sync::LazyLock;
    use std::time::Instant;
    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let passed = BEGUN.elapsed();
    Instants {
        boottime: passed,
        monotonic_raw: passed,
    }
}

/// How long it is from one moment until another has come by one of the clocks.
pub(super) fn between(now: Instants, until: Instants) -> Duration {
    let boottime = until.boottime.saturating_sub(now.boottime);
    boottime.min(until.monotonic_raw.saturating_sub(now.monotonic_raw))
}
