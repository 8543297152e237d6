//! The closed loop: a user waits for an answer before it goes on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use super::Window;
use super::person::Person;
use super::tally::Tally;
use super::workload::Script;

/// The wait after a connection failed, so that a server that is gone is not asked as often
/// as the processor can.
const RESPITE: Duration = Duration::from_millis(10);

/// Acts from `begins` until the window closes. What is answered within the window counts,
/// whenever it was sent.
pub(super) async fn act(
    mut person: Person,
    mut script: Script,
    begins: Instant,
    window: Window,
    tally: Arc<Mutex<Tally>>,
) {
    sleep_until(begins.into()).await;
    loop {
        let sent = Instant::now();
        if sent >= window.until {
            return;
        }
        let outcome = person.act(script.next(person.is_signed_in())).await;
        let answered = Instant::now();
        if (window.from..window.until).contains(&answered) {
            let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
            tally.note(&outcome, answered - sent);
        }
        if outcome.stalled {
            sleep_until((answered + RESPITE).into()).await;
        }
        if let Some(pause) = script.pause(outcome.kind) {
            sleep_until((answered + pause).min(window.until).into()).await;
        }
    }
}
