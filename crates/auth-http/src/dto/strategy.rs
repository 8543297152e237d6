//! What a server says of itself.

use serde::Serialize;
use utoipa::ToSchema;

use super::ProviderDto;

/// What a server is and promises.
#[derive(Serialize, ToSchema)]
pub(crate) struct StrategyAnswer {
    /// The strategy's name.
    #[schema(example = "session")]
    pub(crate) strategy: &'static str,
    /// What its credential is: `opaque` or `jwt`.
    #[schema(example = "opaque")]
    pub(crate) format: &'static str,
    /// How its credential travels: `cookie` or `bearer`.
    #[schema(example = "cookie")]
    pub(crate) transport: &'static str,
    /// `cookie` or `Bearer`.
    pub(crate) token_type: &'static str,
    /// `required` or `optional`.
    pub(crate) verification: &'static str,
    pub(crate) factors: FactorRules,
    pub(crate) password: PasswordRules,
    pub(crate) providers: Vec<ProviderDto>,
    pub(crate) guarantees: Guarantees,
    /// What is honoured besides, while people change over to this strategy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bridge: Option<BridgeDto>,
}

/// What is honoured beside a strategy.
#[derive(Serialize, ToSchema)]
#[schema(as = Bridge)]
pub(crate) struct BridgeDto {
    /// The other credentials that are honoured: `session`, `session-bearer`, `jwt`, `jwt-cookie`.
    pub(crate) accepts: Vec<String>,
    /// How many of a hundred sessions change over.
    pub(crate) percent: u8,
    /// When the others are no longer honoured.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
}

/// What second factors there are.
#[derive(Serialize, ToSchema)]
pub(crate) struct FactorRules {
    /// `off`, `optional` or `required`.
    #[schema(example = "optional")]
    pub(crate) second_factor: &'static str,
    /// Those that an account can add: `totp`, `passkey`.
    pub(crate) methods: Vec<&'static str>,
    /// What signs in instead of a password: `passkey`, `mail_code`.
    pub(crate) passwordless: Vec<&'static str>,
    /// For how many days a device that its owner trusts is not asked.
    pub(crate) trusted_device_days: u64,
}

/// The length rules for passwords, in code points.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasswordRules {
    pub(crate) min_length: usize,
    pub(crate) max_length: usize,
}

/// What a strategy promises.
#[derive(Serialize, ToSchema)]
pub(crate) struct Guarantees {
    /// How soon a credential that was revoked is refused. `before_answer`: on every
    /// server, before the sign-out is answered. `before_answer in this session store`: other
    /// servers of the same database keep their sessions elsewhere, and end them themselves. `within N seconds`:
    /// access tokens are believed until they expire.
    #[schema(example = "before_answer")]
    pub(crate) revocation: String,
    /// The same in seconds; nothing where there is no bound for every server.
    #[schema(required)]
    pub(crate) revocation_bound_seconds: Option<u64>,
    /// Reads of the shared store that the authentication of a read takes, once the credential
    /// is known. What changes something is always held against the store.
    pub(crate) store_reads_per_request: u8,
}

/// Who issues tokens (RFC 8414, 2).
#[derive(Serialize, ToSchema)]
#[schema(as = Issuer)]
pub(crate) struct IssuerAnswer {
    /// `iss` of the tokens.
    #[schema(format = "uri")]
    pub(crate) issuer: String,
    #[schema(format = "uri")]
    pub(crate) jwks_uri: String,
    /// Nothing can be asked for at an authorization endpoint.
    #[schema(value_type = Vec<String>)]
    pub(crate) response_types_supported: [&'static str; 0],
    /// Nor at a token endpoint.
    #[schema(value_type = Vec<String>)]
    pub(crate) grant_types_supported: [&'static str; 0],
}
