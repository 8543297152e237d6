//! What a server says it is.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// How the credential travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In a cookie.
    Cookie,
    /// In the `Authorization` header.
    Bearer,
}

/// What the credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A secret, of which only the server knows whose it is.
    Opaque,
    /// A signed token that says whose it is.
    Jwt,
}

/// The parts of `GET /strategy` that clients act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strategy {
    /// What the credential is.
    pub format: Format,
    /// How it travels.
    pub transport: Transport,
    /// Whether addresses must be confirmed before accounts can be used.
    pub verification_required: bool,
    /// Whether a revoked credential is dead at once.
    pub revokes_at_once: bool,
    /// The fewest code points of a password.
    pub min_password: usize,
    /// The most code points of a password.
    pub max_password: usize,
    /// How many identity providers are set up.
    pub providers: usize,
}

impl Strategy {
    /// Reads the answer of `GET /strategy`.
    ///
    /// # Errors
    /// Names the part that is missing or means nothing.
    pub fn parse(document: &Value) -> Result<Self> {
        let text = |name: &str| document[name].as_str();
        let transport = match (text("transport"), text("token_type")) {
            (Some("cookie"), Some("cookie")) => Transport::Cookie,
            (Some("bearer"), Some("Bearer")) => Transport::Bearer,
            other => bail!("/strategy has the transport and token_type {other:?}"),
        };
        let format = match text("format") {
            Some("opaque") => Format::Opaque,
            Some("jwt") => Format::Jwt,
            other => bail!("/strategy has the format {other:?}"),
        };
        let length = |name: &str| {
            let value = document["password"][name].as_u64();
            let value = value.and_then(|n| usize::try_from(n).ok());
            value.with_context(|| format!("/strategy lacks password.{name}"))
        };
        Ok(Self {
            format,
            transport,
            verification_required: document["verification"] == "required",
            revokes_at_once: document["guarantees"]["revocation"] == "immediate",
            min_password: length("min_length")?,
            max_password: length("max_length")?,
            providers: document["providers"].as_array().map_or(0, Vec::len),
        })
    }
}
