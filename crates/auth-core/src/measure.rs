//! What is measured while work is done: told to whoever shows it, such as Prometheus.
//!
//! Everything that names a measurement is text of the program, never of a client, so that
//! whoever shows it can make labels of it.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::StoreError;

/// Something that was measured.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Measurement {
    /// A password was hashed, or compared with hashes.
    Hashed {
        /// How long it waited for a thread.
        waited: Duration,
        /// How long the thread took.
        took: Duration,
    },
    /// A password was not hashed.
    HashRefused(HashRefusal),
    /// A store has answered, or not.
    StoreCall(StoreCall),
    /// Whoever ended something waited until every server knew of it.
    RevocationWait(Duration),
    /// A mail was tried to be delivered.
    MailDelivery {
        /// The [kind](crate::MailKind::as_str) of mail.
        kind: &'static str,
        /// What came of it.
        outcome: MailOutcome,
    },
}

/// Why a password was not hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashRefusal {
    /// As many waited already as may.
    QueueFull,
    /// It had waited for too long.
    Deadline,
}

impl HashRefusal {
    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::Deadline => "deadline",
        }
    }
}

/// One call of a store.
#[derive(Clone, Copy, Debug)]
pub struct StoreCall {
    /// What was called.
    pub what: StoreOperation,
    /// How long it took, with the wait for a connection.
    pub took: Duration,
    /// How it failed, if it did.
    pub failure: Option<StoreFailure>,
}

/// What is asked of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreOperation {
    /// Whose store: `sqlite`, `postgresql` or `redis`, after OpenTelemetry's `db.system.name`.
    pub system: &'static str,
    /// What it keeps: `users`, `sessions`, `limits` and the like.
    pub store: &'static str,
    /// What is done: `read`, `write` or `transaction`, or the name of a script.
    pub operation: &'static str,
}

/// How a store failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreFailure {
    /// It is away, or too slow.
    Unavailable,
    /// It refused, or holds what can't be read.
    Failed,
}

impl StoreFailure {
    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
        }
    }
}

impl From<&StoreError> for StoreFailure {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable,
            StoreError::Failed(_) => Self::Failed,
        }
    }
}

/// What came of a try to deliver a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    /// The next hop has it.
    Sent,
    /// Nobody should get it any more.
    Dropped,
    /// It waits: its recipient has had enough mail for now.
    Postponed,
    /// It failed, and is tried again.
    Delayed,
    /// The recipient's server refused it for good.
    Refused,
    /// The next hop refuses this server's mail; it is tried again.
    SenderRefused,
    /// It was too old for another try.
    GivenUp,
}

impl MailOutcome {
    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Dropped => "dropped",
            Self::Postponed => "postponed",
            Self::Delayed => "delayed",
            Self::Refused => "refused",
            Self::SenderRefused => "sender_refused",
            Self::GivenUp => "given_up",
        }
    }
}

/// Hears of every measurement, in the thread that made it.
pub trait Recorder: Send + Sync {
    /// It was measured.
    fn record(&self, measurement: &Measurement);
}

/// Who hears of measurements: nobody unless said, and then no clock is read.
#[derive(Clone, Default)]
pub struct Meter(Option<Arc<dyn Recorder>>);

impl Meter {
    /// Tells this one.
    pub fn to(recorder: Arc<dyn Recorder>) -> Self {
        Self(Some(recorder))
    }

    /// Tells it.
    pub fn record(&self, measurement: Measurement) {
        if let Some(recorder) = &self.0 {
            recorder.record(&measurement);
        }
    }

    /// Measures a call of a store.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn store_call<T>(
        &self,
        what: StoreOperation,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let Some(recorder) = &self.0 else {
            return call.await;
        };
        let began = Instant::now();
        let answer = call.await;
        recorder.record(&Measurement::StoreCall(StoreCall {
            what,
            took: began.elapsed(),
            failure: answer.as_ref().err().map(StoreFailure::from),
        }));
        answer
    }

    /// Measures how long somebody waits until every server knows of what ended.
    ///
    /// # Errors
    /// Those of the wait.
    pub async fn revocation_wait<T>(
        &self,
        wait: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let began = Instant::now();
        let answer = wait.await;
        self.record(Measurement::RevocationWait(began.elapsed()));
        answer
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Meter({})", if self.0.is_some() { "on" } else { "off" })
    }
}
