//! Which part of a store that is spread over several servers keeps a session.

use crate::id::UserId;
use crate::secret::SecretHash;

/// One of 256 parts into which a sharded store divides its users.
///
/// What one step changes must be on one server, and a step may know no more than a secret.
/// So secrets are drawn until the hash of one names the same part as its owner's id, some
/// 256 times. That costs them eight of their 256 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard(u8);

impl Shard {
    /// Every one.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).map(Self)
    }

    /// Where everything of this user is.
    pub fn of_user(user: UserId) -> Self {
        Self(user.last_byte())
    }

    /// Where the session with this secret is.
    pub fn of_secret(secret: &SecretHash) -> Self {
        Self(secret.first_byte())
    }

    /// Its name, two characters.
    pub fn name(self) -> String {
        format!("{:02x}", self.0)
    }
}
