//! Authenticator data (WebAuthn L3, 6.1): what the authenticator says and signs.

use uuid::Uuid;

use crate::cbor;
use crate::credential::CredentialId;
use crate::refused::Refused;

pub(crate) const USER_PRESENT: u8 = 1;
pub(crate) const USER_VERIFIED: u8 = 1 << 2;
pub(crate) const BACKUP_ELIGIBLE: u8 = 1 << 3;
pub(crate) const BACKED_UP: u8 = 1 << 4;
pub(crate) const ATTESTED: u8 = 1 << 6;
pub(crate) const EXTENDED: u8 = 1 << 7;

/// What an authenticator says.
pub(crate) struct AuthenticatorData<'a> {
    pub(crate) rp_id_hash: [u8; 32],
    flags: u8,
    pub(crate) counter: u32,
    /// The new credential, in a registration.
    pub(crate) attested: Option<Attested<'a>>,
}

/// A new credential (WebAuthn L3, 6.5.1).
pub(crate) struct Attested<'a> {
    pub(crate) aaguid: Uuid,
    pub(crate) id: CredentialId,
    pub(crate) public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    /// Reads it to the last byte.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Refused> {
        Self::read(bytes).ok_or(Refused::Malformed("authenticatorData"))
    }

    fn read(mut bytes: &'a [u8]) -> Option<Self> {
        let rp_id_hash = take_array(&mut bytes)?;
        let [flags] = take_array(&mut bytes)?;
        let counter = u32::from_be_bytes(take_array(&mut bytes)?);
        let attested = match flags & ATTESTED {
            0 => None,
            _ => Some(Attested::take(&mut bytes)?),
        };
        // No extension was asked for, so whatever they say is of no use.
        if flags & EXTENDED != 0 && !cbor::take(&mut bytes)?.is_map() {
            return None;
        }
        bytes.is_empty().then_some(Self {
            rp_id_hash,
            flags,
            counter,
            attested,
        })
    }

    /// Whether somebody confirmed it.
    pub(crate) const fn user_present(&self) -> bool {
        self.flags & USER_PRESENT != 0
    }

    /// Whether the authenticator checked who that was.
    pub(crate) const fn user_verified(&self) -> bool {
        self.flags & USER_VERIFIED != 0
    }

    /// Whether the credential may be copied (WebAuthn L3, 6.1.3).
    pub(crate) const fn backup_eligible(&self) -> bool {
        self.flags & BACKUP_ELIGIBLE != 0
    }

    /// Whether the credential is copied (WebAuthn L3, 6.1.3).
    pub(crate) const fn backed_up(&self) -> bool {
        self.flags & BACKED_UP != 0
    }
}

impl<'a> Attested<'a> {
    fn take(bytes: &mut &'a [u8]) -> Option<Self> {
        let aaguid = Uuid::from_bytes(take_array(bytes)?);
        let id_len = u16::from_be_bytes(take_array(bytes)?);
        let id = CredentialId::new(bytes.split_off(..usize::from(id_len))?)?;
        // The key has no length of its own: it is as long as the item of CBOR.
        let mut rest = *bytes;
        cbor::take(&mut rest)?;
        let public_key = bytes.split_off(..bytes.len() - rest.len())?;
        Some(Self {
            aaguid,
            id,
            public_key,
        })
    }
}

fn take_array<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    bytes.split_off(..N)?.try_into().ok()
}
