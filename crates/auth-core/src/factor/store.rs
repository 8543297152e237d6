//! The trait of the place that keeps second factors.

use async_trait::async_trait;

use super::{Factor, KeyId, Waiting};
use crate::authority::Authority;
use crate::clock::Timestamp;
use crate::effects::Effects;
use crate::error::StoreError;
use crate::id::{FactorId, UserId};
use crate::identity::FlowKey;

/// What an account has of second factors.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// The factors, the oldest first.
    pub factors: Vec<Factor>,
    /// How many recovery codes are left.
    pub recovery_codes: u32,
    /// When a factor was added or removed last. Who signed in before has to show anew who
    /// they are for what is sensitive.
    pub changed_at: Option<Timestamp>,
    /// Whether an operator wants the account to have one.
    pub required: bool,
    /// Since when it lacks one that it needs, as far as that was noticed.
    pub lacking_since: Option<Timestamp>,
    /// When all of them go, because an operator was told that they are lost.
    pub reset_at: Option<Timestamp>,
}

impl Held {
    /// What is in force: nothing once the time has come at which all go.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        match self.reset_at {
            Some(reset_at) if reset_at <= now => Self {
                factors: vec![],
                recovery_codes: 0,
                changed_at: Some(reset_at),
                reset_at: None,
                ..self
            },
            _ => self,
        }
    }
}

impl Held {
    /// The passkeys among the factors.
    pub fn passkeys(&self) -> Vec<&Passkey> {
        self.factors.iter().filter_map(Factor::passkey).collect()
    }

    /// The passkey with this id.
    pub fn passkey(&self, id: &str) -> Option<&Factor> {
        let is_it = |one: &&Factor| one.passkey().is_some_and(|it| it.credential_id == id);
        self.factors.iter().find(is_it)
    }
}

/// A passkey as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Its id in base64url, by which it is found.
    pub credential_id: String,
    /// What it is checked by, in the words of whoever checks it: its public key, its counter,
    /// whether it is backed up. It changes with each use.
    pub record: String,
}

/// A change of an account's factors, and who makes it.
#[derive(Clone, Debug)]
pub struct FactorChange {
    /// Whose factors.
    pub user: UserId,
    /// The sign-in that it rests on; `None` for an operator.
    pub by: Option<Authority>,
    /// When it is made.
    pub at: Timestamp,
    /// What is kept along with it.
    pub effects: Effects,
}

/// What [`FactorStore::add`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// The factor is there.
    Added,
    /// The account has as many as it may.
    TooMany,
    /// Some account has the passkey.
    Taken,
    /// The sign-in that the change rests on does not stand.
    Refused,
}

/// What [`FactorStore::remove`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// The factor is gone; with the last one, the recovery codes too.
    Removed,
    /// The account has no such factor.
    NotFound,
    /// It is the last one, and was to stay, or nobody could sign in any more.
    Last,
    /// The sign-in that the change rests on does not stand.
    Refused,
}

/// Keeps second factors, recovery codes, and what waits for one more step. Of any number of
/// parallel uses of one code or handle exactly one succeeds.
#[async_trait]
pub trait FactorStore: Send + Sync {
    /// What an account has.
    async fn held(&self, user: UserId) -> Result<Held, StoreError>;

    /// Gives an account a factor. Recovery codes, by their hashes, are replaced if some are
    /// given.
    async fn add(
        &self,
        change: &FactorChange,
        factor: &Factor,
        recovery_codes: Option<&[String]>,
    ) -> Result<Added, StoreError>;

    /// Gives a factor another name; `false` when the account has no such factor.
    async fn rename(&self, user: UserId, id: FactorId, name: &str) -> Result<bool, StoreError>;

    /// Takes a factor from an account. The last one stays with `keep_last`, and a passkey by
    /// which alone the account can be signed in to stays anyway: one that has no password and
    /// no identity of these issuers.
    async fn remove(
        &self,
        change: &FactorChange,
        id: FactorId,
        keep_last: bool,
        issuers: &[String],
    ) -> Result<Removed, StoreError>;

    /// Replaces the recovery codes by those with these hashes; `false` when the sign-in that it
    /// rests on does not stand, or the account has no factor.
    async fn replace_recovery_codes(
        &self,
        change: &FactorChange,
        hashes: &[String],
    ) -> Result<bool, StoreError>;

    /// Takes a step of an authenticator app, once: `false` when it or a later one was taken.
    async fn take_step(&self, id: FactorId, step: i64, at: Timestamp) -> Result<bool, StoreError>;

    /// Takes a recovery code by its hash, once, and keeps `effects`.
    async fn take_recovery_code(
        &self,
        user: UserId,
        hash: &str,
        effects: &Effects,
    ) -> Result<bool, StoreError>;

    /// Whose passkey this is.
    async fn owner_of_passkey(&self, credential_id: &str) -> Result<Option<UserId>, StoreError>;

    /// Notes the use of a passkey, whose record is another one by it; `false` when somebody
    /// else was faster.
    async fn use_passkey(
        &self,
        id: FactorId,
        before: &Passkey,
        after: &Passkey,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Says whether an account has to have a factor; `false` when there is no such account.
    async fn require(
        &self,
        user: UserId,
        required: bool,
        effects: &Effects,
    ) -> Result<bool, StoreError>;

    /// Notes that an account lacks a factor that it needs, and gives since when it does.
    async fn note_lack(&self, user: UserId, at: Timestamp) -> Result<Timestamp, StoreError>;

    /// Has all factors and recovery codes of an account go at a time, or not with `None`;
    /// `false` when the account has none.
    async fn schedule_reset(
        &self,
        change: &FactorChange,
        at: Option<Timestamp>,
    ) -> Result<bool, StoreError>;

    /// The encrypted seeds with their factors, in the order of the ids.
    async fn seeds(
        &self,
        after: Option<FactorId>,
        limit: u32,
    ) -> Result<Vec<(UserId, FactorId, String)>, StoreError>;

    /// Replaces an encrypted seed, if it is still as it was.
    async fn replace_seed(
        &self,
        id: FactorId,
        before: &str,
        after: &str,
    ) -> Result<bool, StoreError>;

    /// The key that seeds of this database are encrypted under: this one, if none was named
    /// before.
    async fn encryption_key(&self, ours: &KeyId) -> Result<KeyId, StoreError>;

    /// Names another key.
    async fn change_encryption_key(&self, to: &KeyId) -> Result<(), StoreError>;

    /// Keeps what waits.
    async fn wait(
        &self,
        key: &FlowKey,
        waiting: &Waiting,
        expires_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// What waits under a key, left in place.
    async fn waiting(&self, key: &FlowKey, now: Timestamp) -> Result<Option<Waiting>, StoreError>;

    /// Ends the wait; `false` when somebody else has, or its time has come.
    async fn take(&self, key: &FlowKey, now: Timestamp) -> Result<bool, StoreError>;

    /// Deletes what has waited for too long, and the factors whose time has come; gives their number.
    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError>;
}
