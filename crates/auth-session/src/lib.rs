//! The opaque format: what a client presents is a secret of its session, and says nothing
//! (OWASP ASVS 5.0, 7.2). Everything else is kept by [`auth_core::SessionManager`].

use std::time::Duration;

use auth_core::credential::{Format, Presented};
use auth_core::{AuthError, Secret, SecretText, Session, Timestamp};

/// Opaque secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpaqueFormat;

impl Format for OpaqueFormat {
    fn name(&self) -> &'static str {
        "opaque"
    }

    fn token_lifetime(&self) -> Option<Duration> {
        None
    }

    fn is_ready(&self, _now: Timestamp) -> Result<(), AuthError> {
        Ok(())
    }

    fn mint(
        &self,
        session: &Session,
        secret: &Secret,
        _lifetime: Duration,
        _now: Timestamp,
    ) -> Result<SecretText, AuthError> {
        Ok(SecretText::new(session.kind.known_by(secret).reveal()))
    }

    fn read(&self, text: &str, _now: Timestamp) -> Result<Option<Presented>, AuthError> {
        Ok(text.parse().ok().map(Presented::Secret))
    }

    /// Nothing but the text decides.
    fn edition(&self, _now: Timestamp) -> Result<u64, AuthError> {
        Ok(0)
    }

    fn read_expired(&self, text: &str, now: Timestamp) -> Result<Option<Presented>, AuthError> {
        self.read(text, now)
    }
}
