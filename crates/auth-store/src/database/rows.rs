//! Rows, and what they mean.

use std::time::Duration;

use auth_core::mail::{NewMail, WaitingMail};
use auth_core::session::{Assurance, Presents, SecretKind};
use auth_core::{
    Device, Effects, Email, ImportedUser, Language, Languages, MailKind, NewUser, OutboxEntry,
    PasswordHash, PersonName, Profile, Role, Session, SignUp, StoreError, Timestamp, User, UserId,
    Username,
};
use diesel::prelude::*;

use super::audit::AuditRow;
use super::fault::failed;
use crate::schema::{outbox, sessions, users};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub(super) struct UserRow {
    id: String,
    first_name: String,
    last_name: String,
    username: String,
    username_key: String,
    email: String,
    email_key: String,
    email_verified: bool,
    password_hash: Option<String>,
    disabled: bool,
    credentials_version: i64,
    created_at: i64,
    profile: Option<String>,
    role: Option<String>,
    language: Option<String>,
}

impl UserRow {
    /// The account that a sign-up becomes: its owner has read our mail.
    pub(super) fn activated(sign_up: SignUp) -> Self {
        Self::from(&NewUser {
            id: sign_up.id,
            first_name: sign_up.first_name,
            last_name: sign_up.last_name,
            username: sign_up.username,
            email: sign_up.email,
            email_verified: true,
            password_hash: Some(sign_up.password_hash),
            identity: None,
            created_at: sign_up.created_at,
        })
    }
}

impl From<&ImportedUser> for UserRow {
    fn from(account: &ImportedUser) -> Self {
        Self {
            disabled: account.disabled,
            ..Self::from(&account.user)
        }
    }
}

impl From<&NewUser> for UserRow {
    fn from(user: &NewUser) -> Self {
        Self {
            id: user.id.to_string(),
            first_name: user.first_name.as_str().to_owned(),
            last_name: user.last_name.as_str().to_owned(),
            username: user.username.as_str().to_owned(),
            username_key: user.username.key().to_owned(),
            email: user.email.as_str().to_owned(),
            email_key: user.email.key().to_owned(),
            email_verified: user.email_verified,
            password_hash: user.password_hash.as_ref().map(stored_hash),
            disabled: false,
            credentials_version: 0,
            created_at: user.created_at.as_millis(),
            profile: None,
            role: None,
            language: None,
        }
    }
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.parse().map_err(failed)?,
            first_name: PersonName::from_stored(row.first_name),
            last_name: PersonName::from_stored(row.last_name),
            username: Username::from_stored(row.username),
            email: Email::from_stored(row.email),
            email_verified: row.email_verified,
            password_hash: row.password_hash.map(PasswordHash::from_stored),
            disabled: row.disabled,
            credentials_version: row.credentials_version,
            created_at: Timestamp::from_millis(row.created_at),
            profile: Profile::from_stored(row.profile).map_err(StoreError::Failed)?,
            role: row.role.as_deref().and_then(Role::of_name),
            language: row.language.as_deref().and_then(Language::from_tag),
        })
    }
}

/// The text of a password hash.
pub(super) fn stored_hash(hash: &PasswordHash) -> String {
    hash.as_str().to_owned()
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub(super) struct SessionRow {
    pub(super) id: String,
    user_id: String,
    kind: String,
    credentials_version: i64,
    created_at: i64,
    last_seen_at: i64,
    auth_time: i64,
    idle: i64,
    ends_at: i64,
    expires_at: i64,
    remember: bool,
    user_agent: String,
    ip: String,
    pub(super) tokens_until: i64,
    pub(super) rotations: i64,
    unused: bool,
    identity_id: Option<String>,
    assurance: Option<String>,
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.to_string(),
            user_id: session.user_id.to_string(),
            kind: session.kind.as_str().to_owned(),
            credentials_version: session.credentials_version,
            created_at: session.created_at.as_millis(),
            last_seen_at: session.last_seen_at.as_millis(),
            auth_time: session.auth_time.as_millis(),
            idle: millis(session.idle),
            ends_at: session.ends_at.as_millis(),
            expires_at: session.expires_at().as_millis(),
            remember: session.remember,
            user_agent: session.device.user_agent.clone(),
            ip: session.device.ip.to_string(),
            tokens_until: session.tokens_until.as_millis(),
            rotations: 0,
            unused: session.unused,
            identity_id: session.identity.as_ref().map(ToString::to_string),
            assurance: session.assurance.to_stored(),
        }
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        let identity = row.identity_id.map(|id| id.parse()).transpose();
        Ok(Self {
            id: row.id.parse().map_err(failed)?,
            user_id: row.user_id.parse().map_err(failed)?,
            kind: SecretKind::from_stored(&row.kind),
            credentials_version: row.credentials_version,
            created_at: Timestamp::from_millis(row.created_at),
            last_seen_at: Timestamp::from_millis(row.last_seen_at),
            auth_time: Timestamp::from_millis(row.auth_time),
            idle: duration(row.idle),
            ends_at: Timestamp::from_millis(row.ends_at),
            remember: row.remember,
            device: Device {
                user_agent: row.user_agent,
                ip: row.ip.parse().map_err(failed)?,
                presents: Presents::default(),
            },
            tokens_until: Timestamp::from_millis(row.tokens_until),
            unused: row.unused,
            identity: identity.map_err(failed)?,
            assurance: assurance(row.assurance.as_deref()),
        })
    }
}

/// What is known of how somebody has proven who they are.
pub(super) fn assurance(stored: Option<&str>) -> Assurance {
    stored.map(Assurance::from_stored).unwrap_or_default()
}

#[derive(Insertable)]
#[diesel(table_name = outbox, treat_none_as_default_value = false)]
pub(super) struct NewMailRow {
    id: String,
    cause: String,
    recipient: String,
    kind: &'static str,
    user_id: Option<String>,
    attempts: i32,
    due_at: i64,
    pub(super) created_at: i64,
    pub(super) frontend: Option<String>,
    ready_at: Option<i64>,
    pub(super) languages: Option<String>,
}

/// What a change brings along.
pub(super) struct EffectRows {
    pub(super) mail: Vec<NewMailRow>,
    pub(super) records: Vec<AuditRow>,
}

impl From<&Effects> for EffectRows {
    fn from(effects: &Effects) -> Self {
        Self {
            mail: effects.mail.iter().map(NewMailRow::from).collect(),
            records: effects.records.iter().map(AuditRow::from).collect(),
        }
    }
}

/// When a mail is due for servers that can't write it.
const NEVER: i64 = i64::MAX;

impl From<&NewMail> for NewMailRow {
    fn from(mail: &NewMail) -> Self {
        let due_at = mail.created_at.as_millis();
        // Servers of an earlier version know nothing of sign-ups, and would drop the mail.
        let is_new = matches!(mail.kind, MailKind::SignUp | MailKind::Confirm);
        Self {
            id: uuid::Uuid::now_v7().to_string(),
            cause: mail.cause.clone(),
            recipient: mail.to.as_str().to_owned(),
            kind: mail.kind.as_str(),
            user_id: mail.user_id.as_ref().map(UserId::to_string),
            attempts: 0,
            due_at: if is_new { NEVER } else { due_at },
            created_at: due_at,
            frontend: mail.frontend.clone(),
            ready_at: is_new.then_some(due_at),
            languages: mail.languages.to_stored(),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
pub(super) struct MailRow {
    pub(super) id: String,
    recipient: String,
    kind: String,
    cause: String,
    user_id: Option<String>,
    attempts: i32,
    created_at: i64,
    frontend: Option<String>,
    languages: Option<String>,
}

impl MailRow {
    /// The oldest first.
    pub(super) fn by_age(&self, other: &Self) -> std::cmp::Ordering {
        (self.created_at, &self.id).cmp(&(other.created_at, &other.id))
    }
}

impl TryFrom<MailRow> for OutboxEntry {
    type Error = StoreError;

    fn try_from(row: MailRow) -> Result<Self, StoreError> {
        let kind = MailKind::from_stored(&row.kind);
        let user_id = row.user_id.map(|id| id.parse()).transpose();
        Ok(Self {
            id: row.id,
            to: Email::from_stored(row.recipient),
            kind: kind.ok_or_else(|| failed("a queued mail has an unknown kind"))?,
            cause: row.cause,
            user_id: user_id.map_err(failed)?,
            frontend: row.frontend,
            languages: Languages::from_stored(row.languages.as_deref()),
            attempts: u32::try_from(row.attempts).map_err(failed)?,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

/// A queued mail, as an operator sees it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
pub(super) struct WaitingMailRow {
    id: String,
    recipient: String,
    kind: String,
    user_id: Option<String>,
    attempts: i32,
    due_at: i64,
    ready_at: Option<i64>,
    created_at: i64,
}

impl TryFrom<WaitingMailRow> for WaitingMail {
    type Error = StoreError;

    fn try_from(row: WaitingMailRow) -> Result<Self, StoreError> {
        let user_id = row.user_id.map(|id| id.parse()).transpose();
        Ok(Self {
            id: row.id,
            to: Email::from_stored(row.recipient),
            kind: row.kind,
            user_id: user_id.map_err(failed)?,
            attempts: u32::try_from(row.attempts).map_err(failed)?,
            due_at: Timestamp::from_millis(row.ready_at.unwrap_or(row.due_at)),
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

/// The most milliseconds that are stored for a duration, some 140,000 years: sums of it
/// and a time stay within 64 bits.
const MAX_MILLIS: i64 = 1 << 52;

/// A duration as it is stored.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).map_or(MAX_MILLIS, |ms| ms.min(MAX_MILLIS))
}

pub(super) fn duration(millis: i64) -> Duration {
    Duration::from_millis(millis.unsigned_abs())
}
