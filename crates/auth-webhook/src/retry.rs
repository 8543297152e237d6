//! When a delivery is tried again.

use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: u64 = 3600;

/// How long to wait after each failure, in seconds: the schedule that Standard Webhooks
/// recommends, three days in all.
const WAITS: [u64; 9] = [
    5,
    5 * 60,
    30 * 60,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
];

/// The longest that a receiver may have us wait.
const LONGEST: Duration = Duration::from_secs(24 * HOUR);

/// How long to wait after a failure that came after `attempts` others; nothing when it was the
/// last try. A receiver may ask for more, within bounds. Waits differ by up to a tenth, so that
/// what failed together does not come back together.
pub(crate) fn wait(attempts: u32, asked_for: Option<Duration>) -> Option<Duration> {
    let planned = WAITS.get(usize::try_from(attempts).ok()?)?;
    let planned = Duration::from_secs(*planned);
    let asked_for = asked_for.unwrap_or_default().min(LONGEST);
    let jitter = 0.9 + 0.2 * fastrand::f64();
    let wait = planned.mul_f64(jitter).max(asked_for);
    Some(wait.max(SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: Option<Duration>) -> u64 {
        text.unwrap().as_secs()
    }

    #[test]
    fn the_waits_grow_and_end() {
        for (attempts, planned) in WAITS.into_iter().enumerate() {
            let attempts = u32::try_from(attempts).unwrap();
            let waited = seconds(wait(attempts, None));
            assert!((planned * 9 / 10..=planned * 11 / 10).contains(&waited));
        }
        assert_eq!(wait(9, None), None);
        assert_eq!(wait(u32::MAX, Some(SECOND)), None);
    }

    #[test]
    fn a_receiver_may_ask_for_more_within_bounds() {
        assert_eq!(seconds(wait(0, Some(Duration::from_secs(90)))), 90);
        assert!(seconds(wait(1, Some(SECOND))) >= 270);
        assert_eq!(seconds(wait(0, Some(Duration::MAX))), 24 * HOUR);
    }
}
