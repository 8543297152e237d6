//! The argon2 crate alone, as the ceiling for sign-ins.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{available_parallelism, scope};
use std::time::{Duration, Instant};

use argon2::Argon2;

/// Passwords a second on all cores, with the crate's own parameters, which are the
/// servers' too.
pub fn alone(time: Duration) -> f64 {
    let done = AtomicU64::new(0);
    let started = Instant::now();
    scope(|threads| {
        for _ in 0..available_parallelism().map_or(1, usize::from) {
            threads.spawn(|| {
                while started.elapsed() < time {
                    let mut output = [0; 32];
                    let hashed = Argon2::default().hash_password_into(
                        b"analytical engine no. 1",
                        b"sixteen byte salt",
                        &mut output,
                    );
                    done.fetch_add(u64::from(hashed.is_ok()), Ordering::Relaxed);
                }
            });
        }
    });
    let done = done.into_inner();
    // Counts fit a float exactly up to 2^53.
    #[allow(clippy::cast_precision_loss)]
    let done = done as f64;
    done / started.elapsed().as_secs_f64()
}
