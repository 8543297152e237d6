//! Second factors.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::rfc3339;
use crate::secret::Secret;

/// What is shown as a second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FactorProof {
    /// A code of an authenticator app.
    Totp(Secret),
    /// A recovery code.
    RecoveryCode(Secret),
    /// A code that was mailed.
    MailCode(Secret),
}

impl FactorProof {
    pub(crate) fn to_json(&self) -> Value {
        let (method, code) = match self {
            Self::Totp(code) => ("totp", code),
            Self::RecoveryCode(code) => ("recovery_code", code),
            Self::MailCode(code) => ("mail_code", code),
        };
        json!({ "method": method, "code": code })
    }
}

/// A second factor of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Factor {
    /// Its id, a UUIDv7 (RFC 9562).
    pub id: Uuid,
    /// `totp` or `passkey`.
    pub kind: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    #[serde(with = "rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was last used.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub last_used_at: Option<OffsetDateTime>,
}

/// What an account has of second factors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Factors {
    /// The oldest first.
    pub factors: Vec<Factor>,
    /// How many recovery codes are left.
    pub recovery_codes: u32,
    /// Whether the account has to have one.
    pub required: bool,
    /// Until when it can be signed in to without one that it has to have.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub grace_until: Option<OffsetDateTime>,
    /// When all of them go, since an operator was told that they are lost.
    #[serde(
        default,
        with = "rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub removed_at: Option<OffsetDateTime>,
}

/// An authenticator app that is to be added: its seed, shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewTotp {
    /// Names it until it is confirmed.
    pub id: Secret,
    /// The seed in base 32.
    pub secret: Secret,
    /// The `otpauth` URI.
    pub uri: Secret,
    /// The same as a QR code, an SVG image.
    pub qr: Secret,
    /// Seconds until it is over.
    pub expires_in: u64,
}

/// A factor that was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AddedFactor {
    /// The factor.
    pub factor: Factor,
    /// Recovery codes, where the account had none; shown this once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovery_codes: Vec<Secret>,
}

#[derive(Deserialize)]
pub(crate) struct FactorAnswer {
    pub(crate) factor: Factor,
}

#[derive(Deserialize)]
pub(crate) struct RecoveryCodesAnswer {
    pub(crate) recovery_codes: Vec<Secret>,
}

/// What second factors there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FactorRules {
    /// `off`, `optional` or `required`.
    pub second_factor: String,
    /// Those that an account can add: `totp`, `passkey`.
    pub methods: Vec<String>,
    /// What signs in instead of a password: `passkey`, `mail_code`.
    pub passwordless: Vec<String>,
    /// For how many days a device that its owner trusts is not asked.
    pub trusted_device_days: u64,
}
