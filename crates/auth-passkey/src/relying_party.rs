//! The relying party, and what it checks in both ceremonies.

use aws_lc_rs::digest::{SHA256, digest};

use crate::authenticator_data::AuthenticatorData;
use crate::refused::Refused;

/// The fewest bytes of a challenge (WebAuthn L3, 13.4.3).
pub const MIN_CHALLENGE: usize = 16;

/// The party that credentials are for: this service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    /// The domain that credentials are bound to, without a scheme or a port: the host of the
    /// origins, or a domain above it. With another one, all credentials are lost.
    pub id: String,
    /// The name that authenticators show.
    pub name: String,
    /// The origins of the pages that may ask, spelled as browsers spell them, such as
    /// `https://login.example.org`; compared byte by byte (WebAuthn L3, 13.4.9).
    pub origins: Vec<String>,
}

/// Whether the authenticator must check who confirms, by a PIN or a fingerprint say (WebAuthn
/// L3, 5.8.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserVerification {
    /// It must.
    Required,
    /// It should where it can.
    Preferred,
}

impl UserVerification {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Preferred => "preferred",
        }
    }
}

impl RelyingParty {
    /// Checks the part of the authenticator data that both ceremonies have in common.
    ///
    /// # Errors
    /// [`Refused::RpId`], [`Refused::UserNotPresent`], [`Refused::UserNotVerified`] or
    /// [`Refused::Flags`].
    pub(crate) fn check(
        &self,
        data: &AuthenticatorData<'_>,
        user_verification: UserVerification,
    ) -> Result<(), Refused> {
        if sha256(self.id.as_bytes()) != data.rp_id_hash {
            return Err(Refused::RpId);
        }
        if !data.user_present() {
            return Err(Refused::UserNotPresent);
        }
        if user_verification == UserVerification::Required && !data.user_verified() {
            return Err(Refused::UserNotVerified);
        }
        if data.backed_up() && !data.backup_eligible() {
            return Err(Refused::Flags);
        }
        Ok(())
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}
