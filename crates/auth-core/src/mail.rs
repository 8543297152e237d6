//! Mail: what is written, the queue that never loses it, and who delivers it.

mod delivery;

use std::time::Duration;

use async_trait::async_trait;

pub use delivery::{Code, Content, Link, Mail, MailError, Mailer};

use crate::audit::{AuditRecord, RecordOfMany};
use crate::clock::Timestamp;
use crate::email::Email;
use crate::error::StoreError;
use crate::id::UserId;
use crate::language::Languages;

/// What a mail is about. Mails that carry a link get their token when they are
/// delivered, so that no secret ever rests in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    /// Asks whoever signed up to confirm the address. When the address has an account by
    /// then, its owner is told of the try instead, without a link.
    SignUp,
    /// Asks for confirmation anew: by the owner of an account that was made without, or of
    /// the sign-ups that wait. Dropped when nobody with the address waits.
    Confirm,
    /// Carries a link that sets a new password. Dropped when no account has the address.
    Reset,
    /// Carries a code that signs in. Dropped when no account has the address, or its owner has
    /// not confirmed it.
    SignInCode,
    /// Asks the owner of a new address to confirm it. When the address has an account by
    /// then, its owner is told of the try instead, without a link.
    ChangeEmail,
    /// Tells the owner of an account that somebody tried to use the address. Queued by
    /// servers that knew it when they were asked.
    AlreadyRegistered,
    /// Tells the owner of an account what happened to it.
    Notice(Notice),
}

/// What happened to an account that its owner should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The password was changed by somebody who knew the old one.
    PasswordChanged,
    /// The password was reset through a mailed link.
    PasswordReset,
    /// Another address was asked for; nothing has changed yet. Goes to the old address.
    EmailChangeRequested,
    /// The address was changed. Goes to the old address.
    EmailChanged,
    /// The username was changed.
    UsernameChanged,
    /// An identity at a provider can sign in to the account now.
    IdentityLinked,
    /// An identity at a provider can no longer sign in to the account.
    IdentityUnlinked,
    /// A spent refresh token came back: the device it belonged to was signed out.
    RefreshReused,
    /// A second factor was added.
    FactorAdded,
    /// A second factor was removed.
    FactorRemoved,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// All recovery codes were replaced.
    RecoveryCodesReplaced,
    /// An operator was told that the second factors are lost: they will be removed.
    FactorResetScheduled,
    /// The account was deleted.
    AccountDeleted,
}

/// What kinds of mail are for. The mails of one class never hold up those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailClass {
    /// Somebody waits for a way back into an account.
    Reset,
    /// Somebody waits for a code to sign in with.
    SignIn,
    /// Somebody waits for an address to be confirmed.
    Address,
    /// Somebody should know what happened.
    Notice,
}

impl MailClass {
    /// Every class, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Reset, Self::SignIn, Self::Address, Self::Notice];

    /// Its name in keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::SignIn => "sign_in",
            Self::Address => "address",
            Self::Notice => "notice",
        }
    }

    /// The kinds of mail in it.
    pub fn kinds(self) -> impl Iterator<Item = MailKind> {
        let kinds = MailKind::ALL.into_iter();
        kinds.filter(move |kind| kind.class() == self)
    }
}

impl MailKind {
    /// What it is for.
    pub const fn class(self) -> MailClass {
        match self {
            Self::Reset => MailClass::Reset,
            Self::SignInCode => MailClass::SignIn,
            Self::SignUp | Self::Confirm | Self::ChangeEmail | Self::AlreadyRegistered => {
                MailClass::Address
            }
            Self::Notice(_) => MailClass::Notice,
        }
    }

    /// Every kind.
    pub const ALL: [Self; 20] = [
        Self::SignUp,
        Self::Confirm,
        Self::Reset,
        Self::ChangeEmail,
        Self::SignInCode,
        Self::AlreadyRegistered,
        Self::Notice(Notice::PasswordChanged),
        Self::Notice(Notice::PasswordReset),
        Self::Notice(Notice::EmailChangeRequested),
        Self::Notice(Notice::EmailChanged),
        Self::Notice(Notice::UsernameChanged),
        Self::Notice(Notice::IdentityLinked),
        Self::Notice(Notice::IdentityUnlinked),
        Self::Notice(Notice::RefreshReused),
        Self::Notice(Notice::FactorAdded),
        Self::Notice(Notice::FactorRemoved),
        Self::Notice(Notice::RecoveryCodeUsed),
        Self::Notice(Notice::RecoveryCodesReplaced),
        Self::Notice(Notice::FactorResetScheduled),
        Self::Notice(Notice::AccountDeleted),
    ];

    /// The stored form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::Confirm => "confirm",
            Self::Reset => "reset",
            Self::ChangeEmail => "change_email",
            Self::SignInCode => "sign_in_code",
            Self::AlreadyRegistered => "already_registered",
            Self::Notice(Notice::PasswordChanged) => "password_changed",
            Self::Notice(Notice::PasswordReset) => "password_reset",
            Self::Notice(Notice::EmailChangeRequested) => "email_change_requested",
            Self::Notice(Notice::EmailChanged) => "email_changed",
            Self::Notice(Notice::UsernameChanged) => "username_changed",
            Self::Notice(Notice::IdentityLinked) => "identity_linked",
            Self::Notice(Notice::IdentityUnlinked) => "identity_unlinked",
            Self::Notice(Notice::RefreshReused) => "refresh_reused",
            Self::Notice(Notice::FactorAdded) => "factor_added",
            Self::Notice(Notice::FactorRemoved) => "factor_removed",
            Self::Notice(Notice::RecoveryCodeUsed) => "recovery_code_used",
            Self::Notice(Notice::RecoveryCodesReplaced) => "recovery_codes_replaced",
            Self::Notice(Notice::FactorResetScheduled) => "factor_reset_scheduled",
            Self::Notice(Notice::AccountDeleted) => "account_deleted",
        }
    }

    /// Reads the stored form.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A mail about to be queued.
#[derive(Clone, Debug)]
pub struct NewMail {
    /// What brought it about. The queue holds each cause once.
    pub cause: String,
    /// Where it goes.
    pub to: Email,
    /// What it is about.
    pub kind: MailKind,
    /// The account it belongs to; its pending mail goes when the account goes.
    pub user_id: Option<UserId>,
    /// The front end that its links lead to; that of whoever delivers it when none is named.
    pub frontend: Option<String>,
    /// What whoever brought it about reads.
    pub languages: Languages,
    /// When it was queued.
    pub created_at: Timestamp,
}

impl NewMail {
    /// A mail with a cause of its own.
    pub fn new(kind: MailKind, to: &Email, user_id: Option<UserId>, now: Timestamp) -> Self {
        Self {
            cause: format!("{}:{}", kind.as_str(), uuid::Uuid::now_v7()),
            to: to.clone(),
            kind,
            user_id,
            frontend: None,
            languages: Languages::default(),
            created_at: now,
        }
    }

    /// The same, but for nothing while one of its kind waits for the same recipient.
    #[must_use]
    pub fn once_for_recipient(self) -> Self {
        Self {
            cause: format!("{}:{}", self.kind.as_str(), self.to.key()),
            ..self
        }
    }
}

/// A queued mail that a worker has claimed.
#[derive(Clone, Debug)]
pub struct OutboxEntry {
    /// The queue's id for it, stable over retries.
    pub id: String,
    /// Where it goes.
    pub to: Email,
    /// What it is about.
    pub kind: MailKind,
    /// What brought it about.
    pub cause: String,
    /// The account it belongs to.
    pub user_id: Option<UserId>,
    /// The front end that its links lead to.
    pub frontend: Option<String>,
    /// What whoever brought it about reads.
    pub languages: Languages,
    /// How often delivery was tried before this claim.
    pub attempts: u32,
    /// When it was last asked for.
    pub created_at: Timestamp,
}

impl OutboxEntry {
    /// The id of the mail that answers what was last asked for: stable over retries, and
    /// another one when the same is asked for again.
    pub fn mail_id(&self) -> String {
        format!("{}-{}", self.id, self.created_at.as_millis())
    }
}

/// How many mails a worker can take.
#[derive(Clone, Debug)]
pub struct Room {
    /// In all.
    pub total: u32,
    /// Of each class, in the order of [`MailClass::ALL`].
    pub of_class: [u32; MailClass::ALL.len()],
    /// None to these recipients, to whom it is delivering one of the class.
    pub busy: [Vec<Email>; MailClass::ALL.len()],
}

impl Room {
    /// This many mails of whatever class.
    pub fn for_any(total: u32) -> Self {
        Self {
            total,
            of_class: [total; MailClass::ALL.len()],
            busy: Default::default(),
        }
    }
}

/// How long a queue of mails is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many mails are in it.
    pub count: u64,
    /// How many of them were tried in vain.
    pub failing: u64,
    /// When the first of them is, or was, due.
    pub first_due: Option<Timestamp>,
}

/// How long a claimed mail belongs to whoever delivers it, where nothing else is set.
pub const LEASE: Duration = Duration::from_secs(120);

/// A mail in the queue, as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingMail {
    /// The queue's id for it.
    pub id: String,
    /// Where it goes.
    pub to: Email,
    /// What it is about, by [`MailKind::as_str`]; one of a later version may be unknown here.
    pub kind: String,
    /// The account it belongs to.
    pub user_id: Option<UserId>,
    /// How often delivery was tried.
    pub attempts: u32,
    /// When it is tried next, or when whoever delivers it now has to be done.
    pub due_at: Timestamp,
    /// When it was last asked for.
    pub created_at: Timestamp,
}

/// What came of having a mail be tried earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hastened {
    /// It is due now.
    Now,
    /// It is due soon anyway, or is being delivered.
    Soon,
    /// It is not in the queue.
    Gone,
}

/// The durable queue of mails.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Queues a mail. A cause that is queued already stays as it is, but for when it was last
    /// asked for, which differs from then on: see [`done`](Self::done). Both cost the same,
    /// since time must not tell whether a mail waits for an address.
    async fn queue(&self, mail: &NewMail) -> Result<(), StoreError>;

    /// Queues a mail with the line of the audit trail that tells of it: both or neither. A cause
    /// that is queued already stays as it is.
    async fn queue_with(
        &self,
        mail: &NewMail,
        record: Option<AuditRecord>,
    ) -> Result<(), StoreError>;

    /// Claims due mails, as many as `room` has places for: the most urgent class first, in
    /// each the longest due first, and one for each recipient, since a recipient whose mail
    /// is slow must not hold up the others. Nobody else gets them before `lease_until`; a
    /// worker that dies gives them back by that.
    async fn claim(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        room: &Room,
    ) -> Result<Vec<OutboxEntry>, StoreError>;

    /// Forgets a mail that was delivered or given up. One that was asked for again since it
    /// was claimed is due at once instead, with no attempts counted: what was just delivered
    /// may have been written before.
    async fn done(&self, entry: &OutboxEntry) -> Result<(), StoreError>;

    /// Gives a claimed mail back, due again at `at`, with one more attempt counted.
    async fn retry(&self, id: &str, at: Timestamp) -> Result<(), StoreError>;

    /// Gives a claimed mail back, due at `at`, as if it had not been tried.
    async fn postpone(&self, id: &str, at: Timestamp) -> Result<(), StoreError>;

    /// How many mails wait.
    async fn pending(&self) -> Result<u64, StoreError>;

    /// The mails that wait for an account or for its address.
    async fn waiting_for(&self, user: UserId, to: &Email) -> Result<Vec<OutboxEntry>, StoreError>;

    /// Whether mails wait for longer than they should: of the next ones, some have been due for
    /// a minute, or failed three times.
    async fn is_behind(&self, now: Timestamp) -> Result<bool, StoreError>;

    /// How many mails wait, be it to be tried again, and since when the longest due one is, or
    /// when it will be. At most so many are counted: no look at the queue takes long, however
    /// long that is.
    async fn backlog(&self, at_most: u32) -> Result<Backlog, StoreError>;

    /// At most `limit` of the mails that wait, in the order of their ids, which is that of when they
    /// were first queued, starting behind the one with the id `after`.
    async fn waiting(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<WaitingMail>, StoreError>;

    /// Makes a mail due at `now` that is due later than `beyond`. One that is due before may be in
    /// delivery, and would go out twice; so `beyond` is as far ahead as a lease can reach. If it is
    /// made due, the line that tells of it is kept in the same step.
    async fn hasten(
        &self,
        id: &str,
        now: Timestamp,
        beyond: Timestamp,
        record: Option<AuditRecord>,
    ) -> Result<Hastened, StoreError>;

    /// The same for mails that were tried in vain, at most so many, the first due first. Gives how
    /// many there were.
    async fn hasten_failing(
        &self,
        now: Timestamp,
        beyond: Timestamp,
        at_most: u32,
        record: RecordOfMany,
    ) -> Result<u64, StoreError>;
}
