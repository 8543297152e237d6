//! Identifiers: UUIDv7 (RFC 9562), sortable by creation time.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::clock::Timestamp;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh identifier.
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// The UUID itself.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        /// Accepts the canonical hyphenated form only, so that one id has one spelling.
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, uuid::Error> {
                let hyphenated: uuid::fmt::Hyphenated = s.parse()?;
                Ok(Self(hyphenated.into_uuid()))
            }
        }
    };
}

id!(
    /// Names a user. Never reused, so a deleted user's credentials can't reach a successor.
    UserId
);
impl UserId {
    /// The id of somebody who comes from elsewhere without one: the same whenever they come,
    /// and sorted by when their account was made (UUIDv8; RFC 9562, 5.8). `name` tells them
    /// from everybody else of the `source`.
    pub fn derived(source: &str, name: &str, created_at: Timestamp) -> Self {
        let mut digest = Sha256::new();
        for part in [source, name] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        let mut bytes = [0; 16];
        let millis = created_at.as_millis().max(0).to_be_bytes();
        bytes[..6].copy_from_slice(&millis[2..]);
        bytes[6..].copy_from_slice(&digest.finalize()[..10]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// A byte that is as good as random, whoever the user is.
    pub(crate) fn last_byte(self) -> u8 {
        let [.., last] = self.0.into_bytes();
        last
    }
}
id!(
    /// Names a signed-in device. Public: it identifies, it does not authenticate.
    SessionId
);
id!(
    /// Names an identity that an account can be signed in with.
    IdentityId
);
id!(
    /// Names a second factor of an account.
    FactorId
);
id!(
    /// Names something that happened.
    EventId
);
impl EventId {
    /// The id that no event has a greater one than.
    pub const MAX: Self = Self(Uuid::max());

    /// When it happened.
    pub fn at(self) -> Timestamp {
        let [a, b, c, d, e, f, ..] = self.0.into_bytes();
        Timestamp::from_millis(i64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }

    /// The id that no event of then or later has a smaller one than.
    pub fn first_of(at: Timestamp) -> Self {
        let millis = u64::try_from(at.as_millis()).unwrap_or_default();
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
    }
}
id!(
    /// Names an API key.
    ApiKeyId
);
id!(
    /// Names a webhook.
    WebhookId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_knows_its_time() {
        let id = EventId::generate();
        let (now, later) = (id.at(), id.at() + std::time::Duration::from_millis(1));
        assert!(now.as_millis() > 1_700_000_000_000);
        assert!(EventId::first_of(now) <= id && id < EventId::first_of(later));
        assert_eq!(EventId::first_of(now).at(), now);
    }

    #[test]
    fn a_derived_id_is_always_the_same_and_of_nobody_else() {
        let made = Timestamp::from_millis(1_700_000_000_123);
        let id = UserId::derived("flask", "7", made);
        assert_eq!(id, UserId::derived("flask", "7", made));
        assert_ne!(id, UserId::derived("flask", "8", made));
        assert_ne!(id, UserId::derived("flask7", "", made));
        assert_eq!(id.as_uuid().get_version_num(), 8);
        let later = UserId::derived("flask", "1", made + std::time::Duration::from_millis(1));
        assert!(later > id);
    }
}
