//! All stores of a test, in memory.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use auth_core::audit::RecordOfMany;
use auth_core::mail::{Backlog, Hastened, MailClass, NewMail, Room, WaitingMail};
use auth_core::password::PasswordSalt;
use auth_core::sign_up::Activated;
use auth_core::token::TokenKey;
use auth_core::user::{Created, UpdateConditions, Updated, UserChanges};
use auth_core::*;
use tokio::sync::Notify;

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
    pub(super) settled: Notify,
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
