//! One-time tokens that are mailed: confirm, reset, change of address.

use std::time::Duration;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::UserId;
use crate::secret::SecretHash;

/// What a token is good for. A token of one purpose is unknown to every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Makes an account of a sign-up.
    SignUp,
    /// Confirms the address of an account that was made without.
    Verify,
    /// Sets a new password.
    Reset,
    /// Confirms a new address of an existing account.
    ChangeEmail,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [Self::SignUp, Self::Verify, Self::Reset, Self::ChangeEmail];

    /// The stored form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::Verify => "verify",
            Self::Reset => "reset",
            Self::ChangeEmail => "change_email",
        }
    }
}

/// How long mailed tokens work: long enough for slow mail, and those that give an account away
/// no longer than somebody takes who waits for them (OWASP Forgot Password Cheat Sheet).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenLifetimes {
    /// Those that confirm an address, of a sign-up or an account; a sign-up waits as long.
    pub verify: Duration,
    /// Those that set a new password.
    pub reset: Duration,
    /// Those that confirm a new address of an account.
    pub change_email: Duration,
}

impl TokenLifetimes {
    /// How long those for a purpose work.
    pub const fn of(&self, purpose: Purpose) -> Duration {
        match purpose {
            Purpose::SignUp | Purpose::Verify => self.verify,
            Purpose::Reset => self.reset,
            Purpose::ChangeEmail => self.change_email,
        }
    }
}

impl Default for TokenLifetimes {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        const HOUR: Duration = Duration::from_secs(3600);
        Self {
            verify: HOUR.saturating_mul(24),
            reset: MINUTE.saturating_mul(30),
            change_email: HOUR,
        }
    }
}

/// Finds a token: its purpose and the hash of its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenKey {
    /// What the token is good for.
    pub purpose: Purpose,
    /// The hash of the secret that was handed out.
    pub hash: SecretHash,
}

/// A token about to be kept.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// How it is found.
    pub key: TokenKey,
    /// Whose it is: an account's, or a sign-up's, which then waits as long as its token
    /// works.
    pub user_id: UserId,
    /// What it carries: the address it was mailed to.
    pub data: String,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// The queued mail that is to carry it.
    pub mail: Option<String>,
}

/// A live token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Whose it is.
    pub user_id: UserId,
    /// What it carries: the address it was mailed to.
    pub data: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// Keeps one-time tokens. They are spent with the change that they allow; see
/// [`UpdateConditions::spend`](crate::user::UpdateConditions::spend).
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// Keeps a token; it replaces the user's older ones of the same purpose. `false`, and
    /// nothing kept, when the mail that is to carry it was withdrawn: new credentials of
    /// the account, or its end, withdraw what was asked for under the old ones.
    async fn put(&self, token: &NewToken) -> Result<bool, StoreError>;

    /// The live token with this key, left in place.
    async fn find(&self, key: &TokenKey, now: Timestamp) -> Result<Option<Token>, StoreError>;

    /// Deletes expired tokens; gives their number.
    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError>;
}
