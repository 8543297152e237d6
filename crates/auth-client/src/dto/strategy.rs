//! What a server says it is.

use serde::{Deserialize, Serialize};

use super::FactorRules;

/// What a server is and promises (`GET /strategy`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Strategy {
    /// Its name.
    pub strategy: String,
    /// What the credential is.
    pub format: Format,
    /// How it travels.
    pub transport: Transport,
    /// The same in the words of grants.
    pub token_type: TokenType,
    /// Whether addresses must be confirmed before accounts can be used.
    pub verification: Verification,
    /// What second factors there are; nothing is said by servers of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factors: Option<FactorRules>,
    /// How long passwords are.
    pub password: PasswordRules,
    /// The identity providers that are set up.
    pub providers: Vec<Provider>,
    /// What can be relied on.
    pub guarantees: Guarantees,
}

impl Strategy {
    /// Whether addresses must be confirmed before accounts can be used.
    pub fn verification_required(&self) -> bool {
        self.verification == Verification::Required
    }
}

/// What the credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A secret, of which only the server knows whose it is.
    Opaque,
    /// A signed token that says whose it is (RFC 7519).
    Jwt,
}

/// How the credential travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// In a cookie.
    Cookie,
    /// In the `Authorization` header (RFC 6750).
    Bearer,
}

impl Transport {
    /// What grants call it.
    pub fn token_type(self) -> TokenType {
        match self {
            Self::Cookie => TokenType::Cookie,
            Self::Bearer => TokenType::Bearer,
        }
    }
}

/// What kind of credential a grant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenType {
    /// All of it is in cookies.
    #[serde(rename = "cookie")]
    Cookie,
    /// A bearer token (RFC 6750).
    Bearer,
}

/// Whether addresses must be confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// Before an account can be used.
    Required,
    /// Whenever the owner likes.
    Optional,
}

/// The length rules for passwords, in code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PasswordRules {
    /// The fewest.
    pub min_length: usize,
    /// The most.
    pub max_length: usize,
}

/// A provider one can sign in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Provider {
    /// Its id in routes.
    pub id: String,
    /// Its name for people.
    pub name: String,
}

/// What a strategy promises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Guarantees {
    /// How soon a credential that was revoked is refused, in words.
    pub revocation: String,
    /// The same in seconds; nothing where there is no bound for every server.
    pub revocation_bound_seconds: Option<u64>,
    /// Reads of the shared store that an authentication takes.
    pub store_reads_per_request: u8,
}

impl Guarantees {
    /// Whether a revoked credential is dead at the next request, on every server.
    pub fn revokes_at_once(&self) -> bool {
        self.revocation == "before_answer"
    }
}
