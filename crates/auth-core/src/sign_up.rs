//! Sign-ups that wait for their link, and the trait of the place that keeps them.

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::effects::Effects;
use crate::email::Email;
use crate::error::StoreError;
use crate::id::UserId;
use crate::name::PersonName;
use crate::password::{PasswordHash, PasswordSalt};
use crate::token::TokenKey;
use crate::user::User;
use crate::username::Username;

/// A form that was filled in by somebody who has yet to show that the address is theirs.
/// It is no account and owns nothing but its username, for as long as it waits. Several
/// may wait for one address, whether or not an account has it, so that nothing tells which.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// Names the sign-up, and later its account.
    pub id: UserId,
    /// Given name.
    pub first_name: PersonName,
    /// Family name.
    pub last_name: PersonName,
    /// The wanted username, held for as long as the sign-up waits.
    pub username: Username,
    /// The address that is to be confirmed.
    pub email: Email,
    /// The hash of the wanted password.
    pub password_hash: PasswordHash,
    /// When the form was filled in.
    pub created_at: Timestamp,
    /// When it is over, unless its mail still waits to be sent.
    pub expires_at: Timestamp,
}

/// What [`SignUpStore::activate`] did.
#[derive(Clone, Debug)]
pub enum Activated {
    /// The account exists now, and the sign-up is gone.
    Made(User),
    /// The token or the sign-up is gone, or an account has the address by now; nothing was
    /// changed.
    Refused,
    /// An account has the username, made by a server that knows of no sign-ups; nothing
    /// was changed.
    UsernameTaken,
}

/// Keeps sign-ups. Every method is one atomic step. No two of accounts and sign-ups have
/// the same [`Username::key`]; that is the store's to guarantee, also under races.
#[async_trait]
pub trait SignUpStore: Send + Sync {
    /// The salt for the passwords of all sign-ups with this address, always the same: one
    /// hash of a password tells whether it is any of theirs. Nobody who can't read the
    /// store can foresee it.
    async fn salt(&self, email: &Email) -> Result<PasswordSalt, StoreError>;

    /// Keeps a sign-up with what belongs to it. `false`, and nothing kept, when an
    /// account or another sign-up has the username.
    async fn keep(&self, sign_up: &SignUp, effects: &Effects) -> Result<bool, StoreError>;

    /// The sign-up with this id.
    async fn find(&self, id: UserId, now: Timestamp) -> Result<Option<SignUp>, StoreError>;

    /// The sign-ups with this address, at most `limit`, the newest first.
    async fn find_by_email(
        &self,
        email: &Email,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<SignUp>, StoreError>;

    /// The sign-up that holds this username.
    async fn find_by_username(
        &self,
        username: &Username,
        now: Timestamp,
    ) -> Result<Option<SignUp>, StoreError>;

    /// Spends the token and makes an account of the sign-up, its address confirmed.
    async fn activate(
        &self,
        id: UserId,
        token: TokenKey,
        effects: &Effects,
    ) -> Result<Activated, StoreError>;

    /// Deletes sign-ups that are over; gives their number.
    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError>;
}
