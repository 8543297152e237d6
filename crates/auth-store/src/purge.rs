//! Deleting what is over, a little at a time.

use std::time::Instant;

use auth_core::StoreError;
use tokio::time::sleep;

/// The most rows that one step deletes. Others who write to SQLite wait for a step, which takes
/// some ten milliseconds where each row is in several indexes.
pub(crate) const MOST: usize = 1_000;

/// What a step has done.
pub(crate) struct Step {
    /// How many rows it found that are over: [`MOST`], unless these were the last.
    pub(crate) found: usize,
    /// How many of them it has deleted; others were gone or had changed meanwhile.
    pub(crate) deleted: usize,
}

/// Deletes by steps until one has found the last rows; gives the number of all that were
/// deleted. What is cancelled has made whole steps, and the next purge goes on.
///
/// After each step it rests for as long as that took: whoever waits has a turn, and those who ask
/// again and again, as other processes do for a SQLite file, find it free half of the time.
///
/// # Errors
/// That of the step which fails; those before it are made.
pub(crate) async fn in_steps<F: Future<Output = Result<Step, StoreError>>>(
    mut step: impl FnMut() -> F,
) -> Result<u64, StoreError> {
    let mut purged = 0;
    loop {
        let began = Instant::now();
        let Step { found, deleted } = step().await?;
        purged += deleted as u64;
        sleep(began.elapsed()).await;
        if found < MOST {
            return Ok(purged);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn steps_are_made_until_one_finds_the_last_rows() {
        for all in [0, 1, MOST - 1, MOST, MOST + 1, 3 * MOST] {
            let (left, steps) = (Cell::new(all), Cell::new(0));
            let purged = in_steps(async || {
                let found = left.get().min(MOST);
                left.set(left.get() - found);
                steps.set(steps.get() + 1);
                // Somebody else was faster with one of them.
                let deleted = found.saturating_sub(1);
                Ok(Step { found, deleted })
            });
            let purged = purged.await.unwrap();
            assert_eq!((left.get(), steps.get()), (0, all / MOST + 1));
            assert_eq!(purged as usize, all - all.div_ceil(MOST));
        }
    }

    #[tokio::test]
    async fn the_first_failure_ends_it() {
        let steps = Cell::new(0);
        let purged = in_steps(async || {
            steps.set(steps.get() + 1);
            let (found, deleted) = (MOST, MOST);
            match steps.get() {
                1 => Ok(Step { found, deleted }),
                _ => Err(StoreError::Failed("broken".into())),
            }
        });
        assert!(purged.await.is_err());
        assert_eq!(steps.get(), 2);
    }
}
