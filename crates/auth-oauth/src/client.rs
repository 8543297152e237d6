//! How a client shows a provider who it is.

use std::fmt;
use std::time::Duration;

use auth_core::SecretText;
use auth_core::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use url::Url;

use crate::fault::Fault;

/// How long before now a signed secret begins, and how long after it ends. It is made anew
/// for each use, so that it never expires.
const SIGNED_FOR: Duration = Duration::from_secs(300);

/// How the secret travels (OpenID Connect Core 1.0, 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// `client_secret_basic`: in the `Authorization` header.
    Basic,
    /// `client_secret_post`: in the body.
    Post,
    /// `none`: not at all.
    None,
}

impl fmt::Display for ClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
            Self::None => "none",
        })
    }
}

/// What proves who a client is.
#[derive(Clone, Debug)]
pub enum ClientSecret {
    /// Nothing: a public client (RFC 6749, 2.1).
    None,
    /// A secret that both know.
    Shared(SecretText),
    /// A JWT that is signed for each use, as Apple wants it.
    Signed(SigningClient),
}

impl ClientSecret {
    /// The secret to show to this endpoint now.
    pub(crate) fn shown_to(
        &self,
        endpoint: &Url,
        client_id: &str,
        now: Timestamp,
    ) -> Result<Option<SecretText>, Fault> {
        match self {
            Self::None => Ok(None),
            Self::Shared(secret) => Ok(Some(secret.clone())),
            Self::Signed(signer) => signer.sign(endpoint, client_id, now).map(Some),
        }
    }
}

/// Signs client secrets with the key of an Apple developer team
/// ("Creating a client secret" in Apple's documentation).
#[derive(Clone)]
pub struct SigningClient {
    team_id: String,
    key_id: String,
    key: EncodingKey,
}

/// The key can't sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key is no P-256 private key in PEM form (PKCS #8), as Apple's .p8 files are")]
pub struct NotASigningKey;

impl SigningClient {
    /// The team's key of this id, in PEM form.
    ///
    /// # Errors
    /// When the key is none for ES256.
    pub fn new(
        team_id: impl Into<String>,
        key_id: impl Into<String>,
        key: &SecretText,
    ) -> Result<Self, NotASigningKey> {
        let key = EncodingKey::from_ec_pem(key.reveal().as_bytes());
        let client = Self {
            team_id: team_id.into(),
            key_id: key_id.into(),
            key: key.map_err(|_| NotASigningKey)?,
        };
        // Whether its curve fits shows when it signs.
        let signed = client.signed(&json!({}));
        signed.map(|_| client).map_err(|_| NotASigningKey)
    }

    fn sign(&self, endpoint: &Url, client_id: &str, now: Timestamp) -> Result<SecretText, Fault> {
        let claims = json!({
            "iss": self.team_id,
            "sub": client_id,
            "aud": endpoint.origin().ascii_serialization(),
            "iat": (now - SIGNED_FOR).as_secs(),
            "exp": (now + SIGNED_FOR).as_secs(),
        });
        let signed = self.signed(&claims).map(SecretText::new);
        signed.map_err(|_| Fault::rejected("the client's secret can't be signed"))
    }

    fn signed(&self, claims: &serde_json::Value) -> jsonwebtoken::errors::Result<String> {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.key_id.clone());
        jsonwebtoken::encode(&header, claims, &self.key)
    }
}

impl fmt::Debug for SigningClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SigningClient");
        shown
            .field("team_id", &self.team_id)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}
