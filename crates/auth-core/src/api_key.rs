//! Keys by which programs administer accounts, and the trait of the place that keeps them.

use std::time::Duration;

use async_trait::async_trait;

use crate::audit::AuditRecord;
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::{ApiKeyId, UserId};
use crate::role::Permission;
use crate::secret::{NotASecret, Secret, SecretHash, SecretText};

/// What the text of each key begins with, so that scanners know one in a place where none
/// belongs.
pub const PREFIX: &str = "cak_";

/// The longest that a key works.
pub const MAX_LIFETIME: Duration = Duration::from_secs(366 * 86_400);

/// How often the last use of a key is written at most.
pub const USE_NOTED_EVERY: Duration = Duration::from_secs(60);

/// A key as it is kept: without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Names it.
    pub id: ApiKeyId,
    /// What its maker calls it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Permission>,
    /// Who made it, as an [`Actor`](crate::events::Actor) is shown.
    pub created_by: String,
    /// The account of whoever made it, where it was made by one. It works for as long as that
    /// account may make keys.
    pub maker: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops to work.
    pub expires_at: Timestamp,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it is to be used for this.
    pub fn may(&self, permission: Permission) -> bool {
        permission.is_for_keys() && self.scopes.contains(&permission)
    }

    /// Whether its last use has to be written.
    pub fn is_use_news(&self, now: Timestamp) -> bool {
        let noted = self.last_used_at;
        noted.is_none_or(|at| now.since(at) >= USE_NOTED_EVERY)
    }
}

/// The text of a key, for whoever it was made for.
pub fn text(secret: &Secret) -> SecretText {
    SecretText::new(format!("{PREFIX}{}", secret.reveal()))
}

/// Whether a text is meant to be a key, whatever follows.
pub fn is_meant(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// The secret in the text of a key.
///
/// # Errors
/// [`NotASecret`] when it is no such text.
pub fn parse(text: &str) -> Result<Secret, NotASecret> {
    text.strip_prefix(PREFIX).ok_or(NotASecret)?.parse()
}

/// Keeps API keys. Every method is one atomic step, which keeps the line of the audit trail that
/// it is given if it does what it is to. A key goes with the account of its maker,
/// and when that account is disabled or gets another role.
#[async_trait]
pub trait ApiKeyStore: Send + Sync {
    /// Keeps a key under the hash of its secret. `false`, and nothing kept, when its maker is no
    /// enabled admin any more.
    async fn add(
        &self,
        key: &ApiKey,
        hash: SecretHash,
        record: Option<AuditRecord>,
    ) -> Result<bool, StoreError>;

    /// The key with this secret, over or not.
    async fn find(&self, hash: SecretHash) -> Result<Option<ApiKey>, StoreError>;

    /// All keys that are not over, the oldest first, at most `limit`, starting behind `after`.
    async fn list(
        &self,
        after: Option<ApiKeyId>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<ApiKey>, StoreError>;

    /// Notes a use, unless a later one is noted.
    async fn note_use(&self, id: ApiKeyId, at: Timestamp) -> Result<(), StoreError>;

    /// Deletes a key; `false` when there is none.
    async fn revoke(&self, id: ApiKeyId, record: Option<AuditRecord>) -> Result<bool, StoreError>;

    /// Deletes keys that are over; gives their number.
    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_its_text() {
        let secret = Secret::generate();
        let shown = text(&secret);
        assert!(is_meant(shown.reveal()));
        assert_eq!(parse(shown.reveal()).unwrap().hash(), secret.hash());
        for other in [secret.reveal().as_str(), "cak_", "cak_short", "CAK_x"] {
            assert!(parse(other).is_err(), "{other}");
        }
    }

    #[test]
    fn no_key_makes_keys_or_raises_anybody() {
        let key = ApiKey {
            id: ApiKeyId::generate(),
            name: "all".to_owned(),
            scopes: Permission::ALL.to_vec(),
            created_by: "authctl:ada".to_owned(),
            maker: None,
            created_at: Timestamp::default(),
            expires_at: Timestamp::default(),
            last_used_at: None,
        };
        assert!(key.may(Permission::UsersDelete));
        assert!(!key.may(Permission::RolesWrite) && !key.may(Permission::ApiKeysWrite));
    }

    #[test]
    fn a_use_is_written_once_a_minute() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let mut key = ApiKey {
            id: ApiKeyId::generate(),
            name: String::new(),
            scopes: vec![],
            created_by: String::new(),
            maker: None,
            created_at: at(0),
            expires_at: at(1),
            last_used_at: None,
        };
        assert!(key.is_use_news(at(0)));
        key.last_used_at = Some(at(0));
        assert!(!key.is_use_news(at(59)) && key.is_use_news(at(60)));
    }
}
