//! Stores in memory, a clock on the runtime's time, and a mailer that remembers.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use auth_core::accounts::{Mailing, MailingConfig, Stores};
use auth_core::audit::RecordOfMany;
use auth_core::limit::Rules;
use auth_core::mail::{Backlog, Hastened, MailClass, MailError, NewMail, Room, WaitingMail};
use auth_core::password::PasswordSalt;
use auth_core::sign_up::Activated;
use auth_core::token::TokenKey;
use auth_core::user::{Created, UpdateConditions, Updated, UserChanges};
use auth_core::*;
use auth_mail::{
    BuiltInTemplates, Message, MessageTransport, OutboxWorker, TemplateMailer, WorkerConfig,
};
use auth_store::memory::MemoryStore;
use tokio::sync::Notify;
use tokio::time::Instant;

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

struct Queued {
    mail: NewMail,
    attempts: u32,
    due: Timestamp,
}

/// All stores of a test. As many of the next calls fail as the counters say.
#[derive(Default)]
pub struct Memory {
    pub users: Mutex<Vec<User>>,
    pub sign_ups: Mutex<Vec<SignUp>>,
    pub tokens: Mutex<Vec<NewToken>>,
    queue: Mutex<Vec<Queued>>,
    settled: Notify,
    pub failures_of_claim: AtomicU32,
    pub failures_of_lookup: AtomicU32,
    pub failures_of_done: AtomicU32,
}

fn fails(counter: &AtomicU32) -> Result<(), StoreError> {
    let left = counter.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
    match left {
        Ok(_) => Err(StoreError::Unavailable("unplugged".into())),
        Err(_) => Ok(()),
    }
}

impl Memory {
    /// Whether every queued mail has failed this often.
    pub fn tried_at_least(&self, times: u32) -> bool {
        let queue = self.queue.lock().unwrap();
        queue.iter().all(|queued| queued.attempts >= times)
    }
}

#[async_trait]
impl Outbox for Memory {
    async fn queue(&self, mail: &NewMail) -> Result<(), StoreError> {
        let mut queue = self.queue.lock().unwrap();
        match queue
            .iter_mut()
            .find(|queued| queued.mail.cause == mail.cause)
        {
            Some(queued) => queued.mail.created_at = mail.created_at,
            None => queue.push(Queued {
                mail: mail.clone(),
                attempts: 0,
                due: mail.created_at,
            }),
        }
        Ok(())
    }

    async fn queue_with(&self, _: &NewMail, _: Option<AuditRecord>) -> Result<(), StoreError> {
        unreachable!("only operators ask for more than mail")
    }

    async fn claim(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        room: &Room,
    ) -> Result<Vec<OutboxEntry>, StoreError> {
        fails(&self.failures_of_claim)?;
        let mut queue = self.queue.lock().unwrap();
        let mut room = room.clone();
        let mut claimed = vec![];
        for (n, class) in MailClass::ALL.into_iter().enumerate() {
            let due = queue.iter_mut().filter(|queued| queued.due <= now);
            for queued in due.filter(|queued| queued.mail.kind.class() == class) {
                let (busy, to) = (&mut room.busy[n], &queued.mail.to);
                if room.total == 0 || room.of_class[n] == 0 || busy.contains(to) {
                    continue;
                }
                busy.push(to.clone());
                room.total -= 1;
                room.of_class[n] -= 1;
                queued.due = lease_until;
                claimed.push(OutboxEntry {
                    id: queued.mail.cause.replace(':', "-"),
                    to: queued.mail.to.clone(),
                    kind: queued.mail.kind,
                    cause: queued.mail.cause.clone(),
                    user_id: queued.mail.user_id,
                    frontend: queued.mail.frontend.clone(),
                    languages: queued.mail.languages.clone(),
                    attempts: queued.attempts,
                    created_at: queued.mail.created_at,
                });
            }
        }
        Ok(claimed)
    }

    async fn done(&self, entry: &OutboxEntry) -> Result<(), StoreError> {
        fails(&self.failures_of_done)?;
        let mut queue = self.queue.lock().unwrap();
        queue.retain_mut(|queued| {
            if queued.mail.cause.replace(':', "-") != entry.id {
                return true;
            }
            (queued.attempts, queued.due) = (0, queued.mail.created_at);
            queued.mail.created_at != entry.created_at
        });
        self.settled.notify_waiters();
        Ok(())
    }

    async fn backlog(&self, at_most: u32) -> Result<Backlog, StoreError> {
        let queue = self.queue.lock().unwrap();
        Ok(Backlog {
            count: queue.iter().take(at_most as usize).count() as u64,
            failing: queue.iter().filter(|queued| queued.attempts > 0).count() as u64,
            first_due: queue.iter().map(|queued| queued.due).min(),
        })
    }

    async fn retry(&self, id: &str, at: Timestamp) -> Result<(), StoreError> {
        let mut queue = self.queue.lock().unwrap();
        for queued in queue.iter_mut() {
            if queued.mail.cause.replace(':', "-") == id {
                queued.attempts += 1;
                queued.due = at;
            }
        }
        Ok(())
    }

    async fn postpone(&self, id: &str, at: Timestamp) -> Result<(), StoreError> {
        let mut queue = self.queue.lock().unwrap();
        for queued in queue.iter_mut() {
            if queued.mail.cause.replace(':', "-") == id {
                queued.due = at;
            }
        }
        self.settled.notify_waiters();
        Ok(())
    }

    async fn pending(&self) -> Result<u64, StoreError> {
        Ok(self.queue.lock().unwrap().len() as u64)
    }

    async fn waiting_for(&self, _: UserId, _: &Email) -> Result<Vec<OutboxEntry>, StoreError> {
        unreachable!("the worker asks for what is due")
    }

    async fn is_behind(&self, _: Timestamp) -> Result<bool, StoreError> {
        unreachable!("the worker asks for what is due")
    }

    async fn waiting(&self, _: Option<&str>, _: u32) -> Result<Vec<WaitingMail>, StoreError> {
        unreachable!("the worker asks for what is due")
    }

    async fn hasten(
        &self,
        _: &str,
        _: Timestamp,
        _: Timestamp,
        _: Option<AuditRecord>,
    ) -> Result<Hastened, StoreError> {
        unreachable!("the worker hastens nothing")
    }

    async fn hasten_failing(
        &self,
        _: Timestamp,
        _: Timestamp,
        _: u32,
        _: RecordOfMany,
    ) -> Result<u64, StoreError> {
        unreachable!("the worker hastens nothing")
    }
}

#[async_trait]
impl TokenStore for Memory {
    async fn put(&self, token: &NewToken) -> Result<bool, StoreError> {
        self.tokens.lock().unwrap().push(token.clone());
        Ok(true)
    }

    async fn find(&self, _: &TokenKey, _: Timestamp) -> Result<Option<Token>, StoreError> {
        unreachable!("the worker never reads tokens")
    }

    async fn purge(&self, _: Timestamp) -> Result<u64, StoreError> {
        unreachable!("the worker never purges")
    }
}

#[async_trait]
impl UserStore for Memory {
    async fn create(&self, _: &NewUser, _: &Effects) -> Result<Created, StoreError> {
        unreachable!("the worker makes no users")
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        fails(&self.failures_of_lookup)?;
        let users = self.users.lock().unwrap();
        Ok(users.iter().find(|user| user.id == id).cloned())
    }

    async fn find_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        fails(&self.failures_of_lookup)?;
        let users = self.users.lock().unwrap();
        let owner = users.iter().find(|user| user.email.key() == email.key());
        Ok(owner.cloned())
    }

    async fn find_by_username(&self, _: &Username) -> Result<Option<User>, StoreError> {
        unreachable!("the worker knows no usernames")
    }

    async fn update(
        &self,
        _: UserId,
        _: &UserChanges,
        _: &UpdateConditions,
    ) -> Result<Updated, StoreError> {
        unreachable!("the worker changes no users")
    }

    async fn delete(
        &self,
        _: UserId,
        _: Option<&auth_core::Authority>,
        _: &Effects,
    ) -> Result<auth_core::user::Deleted, StoreError> {
        unreachable!("the worker deletes no users")
    }

    async fn list(&self, _: Option<UserId>, _: u32) -> Result<Vec<User>, StoreError> {
        unreachable!("the worker lists no users")
    }

    async fn search(&self, _: &auth_core::user::UserSearch) -> Result<Vec<User>, StoreError> {
        unreachable!("the worker searches for no users")
    }

    async fn take_over(
        &self,
        _: &[ImportedUser],
        _: Timestamp,
        _: bool,
    ) -> Result<Vec<Imported>, StoreError> {
        unreachable!("the worker takes nobody over")
    }

    async fn hash_kinds(&self) -> Result<Vec<HashKind>, StoreError> {
        unreachable!("the worker hashes nothing")
    }
}

#[async_trait]
impl SignUpStore for Memory {
    async fn salt(&self, _: &Email) -> Result<PasswordSalt, StoreError> {
        unreachable!("the worker hashes nothing")
    }

    async fn keep(&self, _: &SignUp, _: &Effects) -> Result<bool, StoreError> {
        unreachable!("the worker keeps no sign-ups")
    }

    async fn find(&self, id: UserId, _: Timestamp) -> Result<Option<SignUp>, StoreError> {
        let sign_ups = self.sign_ups.lock().unwrap();
        Ok(sign_ups.iter().find(|sign_up| sign_up.id == id).cloned())
    }

    async fn find_by_email(
        &self,
        email: &Email,
        limit: u32,
        _: Timestamp,
    ) -> Result<Vec<SignUp>, StoreError> {
        let sign_ups = self.sign_ups.lock().unwrap();
        let waiting = sign_ups.iter().rev().filter(|one| one.email == *email);
        Ok(waiting.take(limit as usize).cloned().collect())
    }

    async fn find_by_username(
        &self,
        _: &Username,
        _: Timestamp,
    ) -> Result<Option<SignUp>, StoreError> {
        unreachable!("the worker knows no usernames")
    }

    async fn activate(&self, _: UserId, _: TokenKey, _: &Effects) -> Result<Activated, StoreError> {
        unreachable!("the worker makes no users")
    }

    async fn purge(&self, _: Timestamp) -> Result<u64, StoreError> {
        unreachable!("the worker never purges")
    }
}

/// What a [`Recorder`] does with the next message.
pub enum Answer {
    Accept,
    Transient,
    Permanent,
    AfterWaiting(Duration),
    Never,
}

/// Remembers when it was given which message. Without answers it accepts.
pub struct Recorder {
    clock: Arc<dyn Clock>,
    pub answers: Mutex<VecDeque<Answer>>,
    pub tried: Mutex<Vec<(Timestamp, Message)>>,
    pub accepted: Mutex<Vec<Message>>,
    at_once: AtomicU32,
    pub most_at_once: AtomicU32,
}

impl Recorder {
    /// Seconds since the start of the test, for each message it was given.
    pub fn tried_at(&self) -> Vec<u64> {
        let tried = self.tried.lock().unwrap();
        let seconds = |(at, _): &(Timestamp, Message)| at.since(TestClock::START).as_secs();
        tried.iter().map(seconds).collect()
    }

    pub fn accepted(&self) -> Vec<Message> {
        self.accepted.lock().unwrap().clone()
    }

    async fn answer(&self) -> Result<(), MailError> {
        let answer = self.answers.lock().unwrap().pop_front();
        match answer.unwrap_or(Answer::Accept) {
            Answer::Accept => Ok(()),
            Answer::Transient => Err(MailError::Transient("busy".into())),
            Answer::Permanent => Err(MailError::Permanent("unknown".into())),
            Answer::AfterWaiting(time) => {
                tokio::time::sleep(time).await;
                Ok(())
            }
            Answer::Never => std::future::pending().await,
        }
    }
}

#[async_trait]
impl MessageTransport for Recorder {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let now = self.clock.now();
        self.tried.lock().unwrap().push((now, message.clone()));
        let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        let answer = self.answer().await;
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        if answer.is_ok() {
            self.accepted.lock().unwrap().push(message.clone());
        }
        answer
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
            recorder: Arc::new(Recorder {
                clock: clock.clone(),
                answers: Mutex::default(),
                tried: Mutex::default(),
                accepted: Mutex::default(),
                at_once: AtomicU32::new(0),
                most_at_once: AtomicU32::new(0),
            }),
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
