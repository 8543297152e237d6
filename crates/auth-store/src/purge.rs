//! Deleting what is over, a little at a time.

use std::time::{Duration, Instant};

use auth_core::StoreError;
use tokio::time::sleep;

/// The fewest and the most rows that one step deletes, of which the first tries few. In a large
/// SQLite file each row lies on pages of its own, and takes ten times as long as in a small one.
const FEWEST: usize = 16;
const FIRST: usize = 125;
pub(crate) const MOST: usize = 1_000;

/// How long a step should take: others who write to SQLite wait for it.
const AIM: Duration = Duration::from_millis(10);

/// What a step has done.
pub(crate) struct Step {
    /// How many rows it found that are over: as many as it might, unless these were the last.
    found: usize,
    /// How many of them it has deleted; others were gone or had changed meanwhile.
    deleted: usize,
    /// How long others had to wait for it.
    took: Duration,
}

impl Step {
    /// One that had its turn at `began`, and is done.
    pub(crate) fn since(began: Instant, found: usize, deleted: usize) -> Self {
        Self {
            found,
            deleted,
            took: began.elapsed(),
        }
    }
}

/// Deletes by steps until one has found the last rows; gives the number of all that were
/// deleted. Each is told how many rows it may delete. What is cancelled has made whole steps, and
/// the next purge goes on.
///
/// After each step it rests for as long as that took: whoever waits has a turn, and those who ask
/// again and again, as other processes do for a SQLite file, find it free half of the time.
///
/// # Errors
/// That of the step which fails; those before it are made.
pub(crate) async fn in_steps<F: Future<Output = Result<Step, StoreError>>>(
    mut step: impl FnMut(usize) -> F,
) -> Result<u64, StoreError> {
    let (mut purged, mut most) = (0, FIRST);
    loop {
        let began = Instant::now();
        let done = step(most).await?;
        purged += done.deleted as u64;
        sleep(began.elapsed()).await;
        if done.found < most {
            return Ok(purged);
        }
        most = next(most, done.took);
    }
}

/// How many rows the step may delete that follows one of `most` rows which took so long.
fn next(most: usize, took: Duration) -> usize {
    let next = match took {
        short if short < AIM / 2 => most * 2,
        long if long > AIM * 2 => most / 2,
        _ => most,
    };
    next.clamp(FEWEST, MOST)
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    #[tokio::test]
    async fn steps_are_made_until_one_finds_the_last_rows() {
        for all in [0, 1, FIRST - 1, FIRST, FIRST + 1, 30 * MOST] {
            let (left, steps) = (Cell::new(all), Cell::new(0));
            let purged = in_steps(async |most| {
                let found = left.get().min(most);
                left.set(left.get() - found);
                steps.set(steps.get() + 1);
                // Somebody else was faster with one of them.
                Ok(Step::since(Instant::now(), found, found.saturating_sub(1)))
            });
            let purged = purged.await.unwrap();
            let used = all - purged as usize;
            assert_eq!(left.get(), 0);
            assert!(steps.get() == used || steps.get() == used + 1, "{used}");
        }
    }

    #[test]
    fn a_step_is_as_large_as_its_time_allows() {
        let after = |most, millis| next(most, Duration::from_millis(millis));
        assert_eq!(after(100, 1), 200);
        assert_eq!([after(100, 5), after(100, 20)], [100, 100]);
        assert_eq!(after(100, 21), 50);
        assert_eq!([after(MOST, 0), after(FEWEST, 500)], [MOST, FEWEST]);
    }

    #[tokio::test]
    async fn steps_that_take_long_become_small() {
        let sizes = RefCell::new(vec![]);
        let purged = in_steps(async |most| {
            sizes.borrow_mut().push(most);
            let began = Instant::now()
                .checked_sub(Duration::from_millis(200))
                .unwrap();
            let found = if most == FEWEST { 0 } else { most };
            Ok(Step::since(began, found, found))
        });
        assert_eq!(purged.await.unwrap(), 125 + 62 + 31);
        assert_eq!(*sizes.borrow(), [125, 62, 31, FEWEST]);
    }

    #[tokio::test]
    async fn the_first_failure_ends_it() {
        let steps = Cell::new(0);
        let purged = in_steps(async |most| {
            steps.set(steps.get() + 1);
            match steps.get() {
                1 => Ok(Step::since(Instant::now(), most, most)),
                _ => Err(StoreError::Failed("broken".into())),
            }
        });
        assert!(purged.await.is_err());
        assert_eq!(steps.get(), 2);
    }
}
