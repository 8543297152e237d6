//! Stores in memory, a clock on the runtime's time, and a mailer that remembers.

mod memory;
mod recorder;

use std::sync::Arc;
use std::time::Duration;

use auth_core::accounts::{Mailing, MailingConfig, Stores};
use auth_core::limit::Rules;
use auth_core::mail::NewMail;
use auth_core::*;
use auth_mail::{BuiltInTemplates, MessageTransport, OutboxWorker, TemplateMailer, WorkerConfig};
use auth_store::memory::MemoryStore;
use tokio::time::Instant;

pub use memory::Memory;
pub use recorder::{Answer, Recorder};

/// Follows the runtime's time, which tests can pause.
pub struct TestClock(Instant);

impl TestClock {
    pub const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Self::START + self.0.elapsed()
    }
}

/// A worker's surroundings.
#[derive(Clone)]
pub struct World {
    pub memory: Arc<Memory>,
    counts: Arc<MemoryStore>,
    pub recorder: Arc<Recorder>,
    pub clock: Arc<TestClock>,
    pub config: WorkerConfig,
}

impl World {
    pub fn new() -> Self {
        let clock = Arc::new(TestClock(Instant::now()));
        Self {
            memory: Arc::default(),
            counts: Arc::new(MemoryStore::new()),
            recorder: Arc::new(Recorder::new(clock.clone())),
            clock,
            config: WorkerConfig::default(),
        }
    }

    pub fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.recorder.answers.lock().unwrap().extend(answers);
    }

    pub fn worker(&self, transport: Arc<dyn MessageTransport>) -> OutboxWorker {
        let stores = Stores {
            users: self.memory.clone(),
            sign_ups: self.memory.clone(),
            tokens: self.memory.clone(),
            outbox: self.memory.clone(),
            events: Events::default(),
        };
        let devices = DeviceCookies::new(Secret::generate());
        let limits = Limits::new(self.counts.clone(), Some(Rules::default()), devices);
        let config = MailingConfig {
            service_name: "Tea".into(),
            frontend: "https://tea.example.org".into(),
            step_lifetime: Duration::from_secs(600),
            ..MailingConfig::default()
        };
        let clock = self.clock.clone();
        let mailing = Mailing::new(stores, limits, clock.clone(), config);
        let mailing = mailing.with_codes(Secret::generate());
        let mailer = Arc::new(TemplateMailer::new(Arc::new(BuiltInTemplates), transport));
        let outbox = self.memory.clone();
        OutboxWorker::new(outbox, mailing, mailer, clock, self.config.clone())
    }

    /// An account whose owner has confirmed its address.
    pub fn add_user(&self, email: &str, change: impl FnOnce(&mut User)) -> UserId {
        let mut user = User {
            role: None,
            id: UserId::generate(),
            first_name: PersonName::from_stored("Ada".into()),
            last_name: PersonName::from_stored("Lovelace".into()),
            username: Username::from_stored("ada_l".into()),
            email: Email::from_stored(email.into()),
            email_verified: true,
            password_hash: None,
            disabled: false,
            credentials_version: 0,
            created_at: TestClock::START,
            profile: auth_core::Profile::default(),
            language: None,
        };
        change(&mut user);
        let id = user.id;
        self.memory.users.lock().unwrap().push(user);
        id
    }

    /// A sign-up that waits, with the mail that goes with it.
    pub async fn add_sign_up(&self, email: &str) -> UserId {
        let now = self.clock.now();
        let sign_up = SignUp {
            id: UserId::generate(),
            first_name: PersonName::from_stored("Ada".into()),
            last_name: PersonName::from_stored("Lovelace".into()),
            username: Username::from_stored("ada_l".into()),
            email: Email::from_stored(email.into()),
            password_hash: PasswordHash::from_stored("a hash".into()),
            created_at: now,
            expires_at: now + Duration::from_secs(86_400),
        };
        let id = sign_up.id;
        self.memory.sign_ups.lock().unwrap().push(sign_up);
        self.queue(MailKind::SignUp, email, Some(id)).await;
        id
    }

    pub async fn queue(&self, kind: MailKind, to: &str, user_id: Option<UserId>) {
        let to = Email::from_stored(to.into());
        let mut mail = NewMail::new(kind, &to, user_id, self.clock.now());
        if kind == MailKind::SignInCode {
            let handle = Secret::generate().hash().to_text();
            mail.cause = format!("{}:{handle}", kind.as_str());
        }
        self.memory.queue(&mail).await.unwrap();
    }

    /// Asks for a reset, as the service does: once for each recipient.
    pub async fn ask_for_reset(&self, to: &str) {
        let to = Email::from_stored(to.into());
        let mail = NewMail::new(MailKind::Reset, &to, None, self.clock.now());
        self.memory.queue(&mail.once_for_recipient()).await.unwrap();
    }

    pub async fn queue_notices(&self, count: usize) {
        for n in 0..count {
            let kind = MailKind::Notice(Notice::PasswordChanged);
            self.queue(kind, &format!("user{n}@example.org"), None)
                .await;
        }
    }

    /// Runs a worker until the outbox is empty.
    pub async fn run_until_empty(&self) {
        let worker = self.worker(self.recorder.clone());
        worker.run(self.empty()).await;
    }

    /// Completes when the outbox is empty.
    pub async fn empty(&self) {
        loop {
            let settled = self.memory.settled.notified();
            if self.memory.pending().await.unwrap() == 0 {
                return;
            }
            settled.await;
        }
    }
}
