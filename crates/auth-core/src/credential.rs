//! What a credential is, and how it travels: two choices that know nothing of each other.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::AuthError;
use crate::id::{SessionId, UserId};
use crate::secret::{Secret, SecretText};
use crate::session::Session;

/// How a credential travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In a cookie that the browser keeps.
    Cookie,
    /// In the `Authorization` header (RFC 6750).
    Bearer,
}

impl Transport {
    /// Every transport.
    pub const ALL: [Self; 2] = [Self::Cookie, Self::Bearer];

    /// The name on the wire and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Bearer => "bearer",
        }
    }

    /// `token_type` on the wire.
    pub const fn token_type(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Bearer => "Bearer",
        }
    }
}

/// What a credential is: mints them and reads them. It knows no store and no transport, and
/// whether a session still lives is not its business.
pub trait Format: Send + Sync {
    /// Its name on the wire, such as `jwt`.
    fn name(&self) -> &'static str;

    /// How long what it mints is believed without its session's secret. `None`: what it mints
    /// is such a secret, and lasts as long as the session.
    fn token_lifetime(&self) -> Option<Duration>;

    /// Whether it could mint now. It is asked before a session is opened or a secret spent,
    /// so that neither is done in vain.
    ///
    /// # Errors
    /// When it could not, for instance without a key.
    fn is_ready(&self, now: Timestamp) -> Result<(), AuthError>;

    /// What a client of this session presents with every request from now on. `secret` is the
    /// session's, and `lifetime` for how long a token is to be believed.
    ///
    /// # Errors
    /// When it can't be made.
    fn mint(
        &self,
        session: &Session,
        secret: &Secret,
        lifetime: Duration,
        now: Timestamp,
    ) -> Result<SecretText, AuthError>;

    /// What a client presents; `None` when it is no credential, or no longer one.
    ///
    /// # Errors
    /// When that can't be told, for instance without the keys.
    fn read(&self, text: &str, now: Timestamp) -> Result<Option<Presented>, AuthError>;

    /// Names what decides on what is read beside the text and the time, such as the keys: while
    /// it is the same, the same text is read alike.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn edition(&self, now: Timestamp) -> Result<u64, AuthError>;

    /// The same for a credential that may have expired.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn read_expired(&self, text: &str, now: Timestamp) -> Result<Option<Presented>, AuthError>;
}

/// What a client presented.
#[derive(Clone, Debug)]
pub enum Presented {
    /// A secret of which only the store knows whose it is.
    Secret(Secret),
    /// A token that says whose it is.
    Token(Claims),
}

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The user.
    pub user_id: UserId,
    /// The signed-in device.
    pub session_id: SessionId,
    /// When the person last proved who they are.
    pub auth_time: Timestamp,
    /// The version of the user's credentials that it was issued under, if it says so.
    pub credentials_version: Option<i64>,
    /// How long it was meant to be valid.
    pub lifetime: Duration,
    /// From when and until when it is valid, without leeway for clocks that differ: from the
    /// latest of the times that must not lie in the future, to its end.
    pub period: (Timestamp, Timestamp),
}

/// A credential as a client presents it.
#[derive(Clone, Debug)]
pub enum Credential {
    /// What it sends with every request, and how that came.
    Access(Transport, SecretText),
    /// The refresh token, which says nothing of who sends a request.
    Refresh(Secret),
}

/// What a client gets.
#[derive(Clone, Debug)]
pub struct TokenSet {
    /// What it presents with every request.
    pub access: SecretText,
    /// How long that is valid.
    pub expires_in: Duration,
    /// What it exchanges for a fresh set; `None` where `access` serves for that too.
    pub refresh: Option<Secret>,
}
