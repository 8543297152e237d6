//! Identifiers: UUIDv7 (RFC 9562), sortable by creation time.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

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
