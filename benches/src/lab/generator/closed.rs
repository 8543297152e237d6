//! The closed loop: a user waits for an answer before it goes on.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use super::Window;
use super::person::Person;
use super::tally::{Tally, lock};
use super::workload::Script;

/// The wait after a connection failed, so that a server that is gone is not asked as often
/// as the processor can.
const RESPITE: Duration = Duration::from_millis(10);

/// What waits longer than this for an answer when the window closes counts as unanswered:
/// left out, a server that hangs would show nothing at all.
const STALL: Duration = Duration::from_secs(1);

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
            lock(&tally).note(&outcome, answered - sent);
        } else if answered >= window.until && window.until - sent > STALL {
            lock(&tally).unanswered(outcome.kind, window.until - sent);
        }
        if outcome.stalled {
            sleep_until((answered + RESPITE).into()).await;
        }
        if let Some(pause) = script.pause(outcome.kind) {
            sleep_until((answered + pause).min(window.until).into()).await;
        }
    }
}
