//! The algorithms that tokens are signed with.

use std::fmt;
use std::str::FromStr;

/// A signature algorithm of RFC 7518 or RFC 8037.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Ed25519 (RFC 8037): fast, small, deterministic.
    #[default]
    EdDsa,
    /// ECDSA on P-256 with SHA-256, for verifiers that lack Ed25519.
    Es256,
    /// RSA (PKCS #1 v1.5) with SHA-256, for verifiers that know nothing else. Signing is
    /// some 20 times slower.
    Rs256,
    /// HMAC with SHA-256. Whoever can verify a token can also make one, so it suits
    /// only servers that verify their own tokens.
    Hs256,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 4] = [Self::EdDsa, Self::Es256, Self::Rs256, Self::Hs256];

    /// The name in a token's `alg` header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Hs256 => "HS256",
        }
    }

    /// The same algorithm in the words of the signing library.
    pub(crate) const fn jws(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
            Self::Hs256 => jsonwebtoken::Algorithm::HS256,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reads the name as it is spelled in a token; no other spelling.
impl FromStr for Algorithm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == text)
            .ok_or_else(|| {
                format!("`{text}` is no signature algorithm; use EdDSA, ES256, RS256 or HS256")
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        }
        for text in ["", "none", "eddsa", "PS256", "HS512", " HS256"] {
            assert!(text.parse::<Algorithm>().is_err(), "{text:?}");
        }
    }
}
