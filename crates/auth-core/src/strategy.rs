//! The credential trait: how a client stays signed in.

use std::time::Duration;

use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::authority::Authority;
use crate::clock::Timestamp;
use crate::error::AuthError;
use crate::id::{SessionId, UserId};
use crate::secret::Secret;
use crate::session::{Device, Revoke, Session};
use crate::user::User;

/// How far the clocks of two nodes may differ when a token's times are checked.
pub const TOKEN_LEEWAY: Duration = Duration::from_secs(5);

/// How a credential travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In a cookie that the browser keeps.
    Cookie,
    /// In the `Authorization` header (RFC 6750).
    Bearer,
}

impl Transport {
    /// `token_type` on the wire.
    pub const fn token_type(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Bearer => "Bearer",
        }
    }
}

/// What a strategy is and promises.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// Its name.
    pub name: &'static str,
    /// How its credential travels.
    pub transport: Transport,
    /// How soon a revoked credential is refused.
    pub revocation: Revocation,
    /// How many reads of the shared store an authentication takes.
    pub store_reads_per_request: u8,
}

/// How soon a revoked credential is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// At the next request, on every node.
    Immediate,
    /// When the access token expires, at the latest after this time.
    Within(Duration),
}

/// A credential as a client presents it.
#[derive(Clone, Debug)]
pub enum Credential {
    /// The secret from the session cookie.
    Cookie(Secret),
    /// The token from the `Authorization` header.
    Bearer(SecretText),
}

/// A secret text of any form; `Debug` shows nothing, and its memory is wiped.
#[derive(Clone)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Guards a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(..)")
    }
}

/// A proof of identity, by a password or a provider.
#[derive(Clone, Copy, Debug)]
pub struct Proof {
    /// When the person proved who they are.
    pub at: Timestamp,
    /// Whether the person asked to stay signed in.
    pub remember: bool,
}

/// Who presented a valid credential.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// The user.
    pub user_id: UserId,
    /// The signed-in device.
    pub session_id: SessionId,
    /// When the person last proved who they are.
    pub auth_time: Timestamp,
    /// The user's record, if authentication came across it.
    pub user: Option<User>,
}

/// A credential handed to a client.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Who is signed in.
    pub user: User,
    /// On which device.
    pub session: Session,
    /// What the client gets.
    pub handed: Handed,
}

/// What a client gets.
#[derive(Clone, Debug)]
pub enum Handed {
    /// The secret for its session cookie.
    Cookie(Secret),
    /// A pair of tokens.
    Tokens {
        /// The access token.
        access: SecretText,
        /// How long the access token is valid.
        expires_in: Duration,
        /// The refresh token.
        refresh: Secret,
    },
}

/// What became of a request for a fresh credential.
#[derive(Clone, Debug)]
pub enum Refreshed {
    /// It was granted.
    Granted(Box<Issued>),
    /// A credential that was spent long ago came back; the session was ended.
    Reused(UserId),
    /// The credential is unknown or dead.
    Refused,
}

/// How a client stays signed in. Every verb means something on every strategy.
#[async_trait]
pub trait Strategy: Send + Sync {
    /// What this strategy is and promises.
    fn description(&self) -> Description;

    /// Signs a device in for a user who has proven who they are.
    async fn issue(&self, user: &User, proof: Proof, device: &Device) -> Result<Issued, AuthError>;

    /// Who presents this credential; `None` when it is not, or no longer, valid.
    async fn authenticate(
        &self,
        credential: &Credential,
    ) -> Result<Option<Authenticated>, AuthError>;

    /// Exchanges the long-lived secret for a fresh credential.
    async fn refresh(&self, secret: &Secret) -> Result<Refreshed, AuthError>;

    /// Ends sessions of a user and gives their number.
    async fn revoke(&self, user: UserId, which: Revoke) -> Result<u64, AuthError>;

    /// The conditions of a change that is about to be made for a session of a user as it
    /// was authenticated; `None` when the session is dead already.
    async fn authority(
        &self,
        session: SessionId,
        user: &User,
    ) -> Result<Option<Authority>, AuthError>;

    /// Ends sessions of a user on behalf of one of them and gives their number; `None`, and
    /// nothing done, when that one is dead.
    async fn revoke_by(
        &self,
        by: &Authority,
        user: UserId,
        which: Revoke,
    ) -> Result<Option<u64>, AuthError>;

    /// The user's signed-in devices, the latest used first.
    async fn list(&self, user: &User) -> Result<Vec<Session>, AuthError>;
}
