//! The algorithms of the credentials' keys.

/// A signature algorithm that a credential may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Ed25519 (RFC 9053, 2.2).
    EdDsa,
    /// ECDSA on P-256 with SHA-256 (RFC 9053, 2.1): what nearly all authenticators use.
    Es256,
    /// RSA (PKCS #1 v1.5) with SHA-256 (RFC 8812, 2): what older versions of Windows Hello use.
    Rs256,
}

impl Algorithm {
    /// Every algorithm, the preferred ones first.
    pub const ALL: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Rs256];

    /// The number in the COSE registry (`COSEAlgorithmIdentifier`; WebAuthn L3, 5.8.5).
    pub const fn cose(self) -> i64 {
        match self {
            Self::EdDsa => -8,
            Self::Es256 => -7,
            Self::Rs256 => -257,
        }
    }

    /// The algorithm of that number.
    pub(crate) fn from_cose(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.cose() == number)
    }
}
