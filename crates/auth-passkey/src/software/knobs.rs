//! How the authenticator behaves.

use crate::algorithm::Algorithm;
use crate::authenticator_data::{
    ATTESTED, BACKED_UP, BACKUP_ELIGIBLE, EXTENDED, USER_PRESENT, USER_VERIFIED,
};

/// How an authenticator and its browser behave. By default they behave well, count, verify the
/// user, back nothing up, and do not attest.
#[derive(Clone, Debug)]
pub struct Knobs {
    /// The algorithm of new keys: ES256, or EdDSA.
    pub algorithm: Algorithm,
    /// Says that somebody confirmed.
    pub user_present: bool,
    /// Says that the user was verified.
    pub user_verified: bool,
    /// Says that the credential may be copied.
    pub backup_eligible: bool,
    /// Says that the credential is copied.
    pub backed_up: bool,
    /// Says that the ceremony ran in a frame of another origin.
    pub cross_origin: bool,
    /// Names the origin around the frame.
    pub top_origin: Option<String>,
    /// Names this type of client data instead of the ceremony's.
    pub client_data_type: Option<String>,
    /// Answers this challenge instead of the one that was sent.
    pub challenge: Option<Vec<u8>>,
    /// Signs for this relying party instead of the credential's.
    pub rp_id: Option<String>,
    /// Says this signature counter instead of counting; 0 is what passkeys that are copied say.
    pub counter: Option<u32>,
    /// Names this credential instead of the one that signs.
    pub credential_id: Option<Vec<u8>>,
    /// Names this user instead of the credential's.
    pub user_handle: Option<Vec<u8>>,
    /// Names no user.
    pub hides_user: bool,
    /// Signs with some other key.
    pub wrong_key: bool,
    /// Says that new keys are for this algorithm of COSE.
    pub cose_algorithm: Option<i64>,
    /// The format of the attestation.
    pub attestation_format: String,
    /// Gives a statement of self attestation (WebAuthn L3, 8.2).
    pub attests: bool,
    /// Outputs of extensions, in CBOR.
    pub extensions: Option<Vec<u8>>,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::Es256,
            user_present: true,
            user_verified: true,
            backup_eligible: false,
            backed_up: false,
            cross_origin: false,
            top_origin: None,
            client_data_type: None,
            challenge: None,
            rp_id: None,
            counter: None,
            credential_id: None,
            user_handle: None,
            hides_user: false,
            wrong_key: false,
            cose_algorithm: None,
            attestation_format: "none".to_owned(),
            attests: false,
            extensions: None,
        }
    }
}

impl Knobs {
    /// The flags of authenticator data (WebAuthn L3, 6.1).
    pub(super) fn flags(&self, attested: bool) -> u8 {
        let flags = [
            (self.user_present, USER_PRESENT),
            (self.user_verified, USER_VERIFIED),
            (self.backup_eligible, BACKUP_ELIGIBLE),
            (self.backed_up, BACKED_UP),
            (attested, ATTESTED),
            (self.extensions.is_some(), EXTENDED),
        ];
        let set = flags.into_iter().filter(|(is_set, _)| *is_set);
        set.fold(0, |all, (_, flag)| all | flag)
    }
}
