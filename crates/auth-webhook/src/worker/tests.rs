use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use auth_core::audit::{AuditRecord, RecordOfMany};
use auth_core::factor::CipherKey;
use auth_core::webhook::{
    Deliveries, Delivery, SealedSecrets, Webhook, WebhookBacklog, WebhookChange,
};
use auth_core::{EventId, SystemClock};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Level, Metadata, Subscriber};

use super::*;

const URL: &str = "https://example.org/webhooks";

/// The lines that this thread logs as errors.
#[derive(Clone, Default)]
pub(super) struct ErrorLines(Arc<Mutex<Vec<String>>>);

impl ErrorLines {
    /// Watches until the guard is dropped.
    pub(super) fn watched() -> (Self, DefaultGuard) {
        let lines = Self::default();
        (lines.clone(), tracing::subscriber::set_default(lines))
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.clone()
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }
}

impl Subscriber for ErrorLines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        let lines = self.0.lock();
        lines.unwrap_or_else(PoisonError::into_inner).push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A store with one batch, which takes down what a worker tells it.
struct Told {
    batch: Batch,
    /// It can be read, and not written.
    is_read_only: bool,
    settled: Mutex<Vec<Settlement>>,
    disabled: Mutex<Vec<(String, Disabled, Option<Timestamp>)>>,
}

impl Told {
    fn new(batch: Batch) -> Arc<Self> {
        Arc::new(Self {
            batch,
            is_read_only: false,
            settled: Mutex::default(),
            disabled: Mutex::default(),
        })
    }

    fn disabled(&self) -> Vec<(String, Disabled, Option<Timestamp>)> {
        self.disabled.lock().unwrap().clone()
    }
}

#[async_trait]
impl WebhookStore for Told {
    async fn claim(
        &self,
        _: WebhookId,
        _: Timestamp,
        _: Timestamp,
        _: u32,
    ) -> Result<Option<Batch>, StoreError> {
        match self.is_read_only {
            true => Err(StoreError::Unavailable("read-only".into())),
            false => Ok(Some(self.batch.clone())),
        }
    }

    async fn settle(
        &self,
        _: &Batch,
        _: EventId,
        settlement: &Settlement,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        self.settled.lock().unwrap().push(settlement.clone());
        Ok(())
    }

    async fn disable(
        &self,
        _: WebhookId,
        url: &str,
        why: Disabled,
        failing_since: Option<Timestamp>,
        _: Timestamp,
        _: Option<AuditRecord>,
    ) -> Result<bool, StoreError> {
        let told = (url.to_owned(), why, failing_since);
        self.disabled.lock().unwrap().push(told);
        Ok(true)
    }

    async fn add(
        &self,
        _: &Webhook,
        _: &str,
        _: u32,
        _: Option<AuditRecord>,
    ) -> Result<bool, StoreError> {
        unreachable!("the worker does not ask for this")
    }

    async fn find(&self, _: WebhookId) -> Result<Option<Webhook>, StoreError> {
        unreachable!("the worker does not ask for this")
    }

    async fn backlog(&self, _: u32) -> Result<WebhookBacklog, StoreError> {
        unreachable!("the worker does not ask for this")
    }

    async fn list(&self) -> Result<Vec<Webhook>, StoreError> {
        unreachable!("the worker does not ask for this")
    }

    async fn change(
        &self,
        _: WebhookId,
        _: &WebhookChange,
        _: Timestamp,
        _: Option<AuditRecord>,
    ) -> Result<Option<Webhook>, StoreError> {
        unreachable!("the worker does not ask for this")
    }

    async fn remove(&self, _: WebhookId, _: Option<AuditRecord>) -> Result<bool, StoreError> {
        unreachable!("the worker does not ask for this")
    }

    async fn rotate(
        &self,
        _: WebhookId,
        _: &str,
        _: Timestamp,
        _: Option<AuditRecord>,
    ) -> Result<bool, StoreError> {
        unreachable!("the worker does not ask for this")
    }

    async fn secrets(&self) -> Result<Vec<(WebhookId, SealedSecrets)>, StoreError> {
        unreachable!("the worker does not ask for this")
    }

    async fn reseal(
        &self,
        _: WebhookId,
        _: &SealedSecrets,
        _: &SealedSecrets,
    ) -> Result<bool, StoreError> {
        unreachable!("the worker does not ask for this")
    }

    async fn due(&self, _: Timestamp) -> Result<Vec<WebhookId>, StoreError> {
        unreachable!("the worker does not ask for this")
    }

    async fn queue(
        &self,
        _: WebhookId,
        _: EventId,
        _: &str,
        _: &str,
        _: Option<AuditRecord>,
    ) -> Result<bool, StoreError> {
        unreachable!("the worker does not ask for this")
    }

    async fn deliveries(&self, _: WebhookId, _: &Deliveries) -> Result<Vec<Delivery>, StoreError> {
        unreachable!("the worker does not ask for this")
    }

    async fn replay(
        &self,
        _: WebhookId,
        _: EventId,
        _: Timestamp,
        _: Option<AuditRecord>,
    ) -> Result<bool, StoreError> {
        unreachable!("the worker does not ask for this")
    }

    async fn replay_failed(
        &self,
        _: WebhookId,
        _: Timestamp,
        _: Timestamp,
        _: u32,
        _: RecordOfMany,
    ) -> Result<u64, StoreError> {
        unreachable!("the worker does not ask for this")
    }

    async fn purge(&self, _: Timestamp) -> Result<u64, StoreError> {
        unreachable!("the worker does not ask for this")
    }
}

/// Two deliveries that were tried so often, with a secret sealed by this cipher.
fn batch(cipher: &Cipher, attempts: u32) -> Batch {
    let webhook = WebhookId::generate();
    let delivery = || Claimed {
        event: EventId::generate(),
        payload: "{}".to_owned(),
        attempts,
    };
    Batch {
        webhook,
        url: URL.to_owned(),
        secrets: SealedSecrets {
            current: WebhookSecret::generate().seal(cipher, webhook),
            previous: None,
        },
        lease_until: SystemClock.now() + Duration::from_secs(20),
        deliveries: vec![delivery(), delivery()],
    }
}

fn cipher() -> Cipher {
    Cipher::new(CipherKey::generate())
}

fn task(store: &Arc<Told>, cipher: Cipher) -> Arc<Task> {
    Arc::new(Task {
        store: store.clone(),
        cipher,
        caller: Caller::new(Reach::default(), TIMEOUT, MAX_ANSWER),
        events: Events::to([]),
        clock: Arc::new(SystemClock),
        config: WorkerConfig::default(),
    })
}

/// What the worker does about a receiver that answers with this status, after so many tries.
async fn disabled_by(status: u16, attempts: u32) -> Vec<(String, Disabled, Option<Timestamp>)> {
    let cipher = cipher();
    let store = Told::new(batch(&cipher, attempts));
    let task = task(&store, cipher);
    let answered = Answered {
        status,
        retry_after: None,
        body: None,
    };
    let tried = task.judge(&store.batch, &store.batch.deliveries[0], Ok(answered));
    task.conclude(&store.batch, &[tried]).await;
    store.disabled()
}

#[tokio::test]
async fn a_secret_that_we_cannot_read_is_no_failure_of_the_receiver() {
    let (logged, _guard) = ErrorLines::watched();
    let store = Told::new(batch(&cipher(), 9));
    let webhook = store.batch.webhook;
    let rest = task(&store, cipher()).carry(webhook).await;
    assert_eq!(rest, Some(REST));
    assert!(store.settled.lock().unwrap().is_empty());
    assert_eq!(store.disabled(), []);
    let lines = logged.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains(&webhook.to_string()) && lines[0].contains("--encryption-key-file"));
}

#[tokio::test]
async fn a_store_that_takes_no_claims_is_left_alone_for_a_while() {
    let cipher = cipher();
    let store = Arc::new(Told {
        batch: batch(&cipher, 0),
        is_read_only: true,
        settled: Mutex::default(),
        disabled: Mutex::default(),
    });
    let rest = task(&store, cipher).carry(store.batch.webhook).await;
    assert_eq!(rest, Some(PAUSE));
}

#[tokio::test]
async fn an_earlier_secret_is_needed_until_it_no_longer_counts() {
    let ours = cipher();
    let mut batch = batch(&ours, 0);
    let other = WebhookSecret::generate().seal(&cipher(), batch.webhook);
    let now = SystemClock.now();
    let task = task(&Told::new(batch.clone()), ours);
    batch.secrets.previous = Some((other.clone(), now - Duration::from_secs(1)));
    assert_eq!(task.secrets(&batch).unwrap().len(), 1);
    batch.secrets.previous = Some((other, now + Duration::from_secs(60)));
    assert!(task.secrets(&batch).is_err());
}

#[tokio::test]
async fn only_a_delivery_that_is_given_up_disables_a_receiver_that_fails() {
    for attempts in 0..9 {
        assert_eq!(disabled_by(500, attempts).await, [], "{attempts}");
    }
    let before = SystemClock.now() - PATIENCE;
    let disabled = disabled_by(500, 9).await;
    let [(url, Disabled::Failing, Some(since))] = &disabled[..] else {
        panic!("{disabled:?}");
    };
    assert_eq!(url, URL);
    assert!(*since >= before && *since <= SystemClock.now() - PATIENCE);
    assert_eq!(disabled_by(204, 9).await, []);
}

#[tokio::test]
async fn who_is_gone_is_disabled_at_once_at_the_url_that_said_so() {
    let expected = (URL.to_owned(), Disabled::Gone, None);
    assert_eq!(disabled_by(410, 0).await, [expected]);
}
