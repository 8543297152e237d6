//! What an access token says.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use auth_core::credential::Claims;
use auth_core::strategy::TOKEN_LEEWAY;
use auth_core::{Session, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::json;

/// Who tokens come from and whom they are for (RFC 7519, 4.1.1 and 4.1.3).
#[derive(Clone, Debug)]
pub(crate) struct Parties {
    /// `iss`.
    pub(crate) issuer: String,
    /// `aud`.
    pub(crate) audience: String,
}

/// The claims as they are written: all of them, nothing but them, each of one type.
/// We are the only issuer, so an unknown claim is as suspicious as a missing one.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireClaims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    jti: String,
    iat: u64,
    exp: u64,
    auth_time: u64,
    /// The version of the user's credentials that the token was issued under. Servers of older
    /// versions leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cred_ver: Option<i64>,
    /// By what the person has proven who they are (RFC 8176), where that took a second factor.
    /// Servers of older versions refuse tokens that say so, and their clients refresh there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amr: Option<Vec<String>>,
    /// How well, in the same tokens: `aal2` (OpenID Connect Core, 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    /// Never issued; honoured when it is there, and absent means "since ever".
    #[serde(default, skip_serializing)]
    nbf: u64,
}

impl WireClaims {
    /// What a new token for this session says.
    pub(crate) fn new(
        parties: &Parties,
        session: &Session,
        now: Timestamp,
        lifetime: Duration,
    ) -> Self {
        let assurance = session.assurance;
        let has_second = assurance.second_at().is_some();
        let references = assurance.references().into_iter();
        Self {
            iss: parties.issuer.clone(),
            aud: parties.audience.clone(),
            sub: session.user_id.to_string(),
            sid: session.id.to_string(),
            jti: Uuid::now_v7().to_string(),
            iat: numeric_date(now),
            exp: numeric_date(now + lifetime),
            auth_time: numeric_date(session.auth_time),
            cred_ver: Some(session.credentials_version),
            amr: has_second.then(|| references.map(str::to_owned).collect()),
            acr: has_second.then(|| assurance.level().to_owned()),
            nbf: 0,
        }
    }
}

/// The checked claims that a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    /// What it says of its session.
    pub(crate) said: Claims,
}

impl Checked {
    /// Reads a token's payload; `None` when anything in it is missing, foreign, of
    /// another type, or meant for others. Says nothing about the time.
    pub(crate) fn read(payload: &str, parties: &Parties) -> Option<Self> {
        let wire: WireClaims = json::object(payload)?;
        let ours = wire.iss == parties.issuer && wire.aud == parties.audience;
        if !ours || canonical::<Uuid>(&wire.jti).is_none() {
            return None;
        }
        let begins_at = instant(wire.iat.max(wire.auth_time).max(wire.nbf));
        let expires_at = instant(wire.exp);
        Some(Self {
            said: Claims {
                user_id: canonical(&wire.sub)?,
                session_id: canonical(&wire.sid)?,
                auth_time: instant(wire.auth_time),
                credentials_version: wire.cred_ver,
                lifetime: Duration::from_secs(wire.exp.saturating_sub(wire.iat)),
                period: (begins_at, expires_at),
            },
        })
    }

    /// Whether the token is good now. Of one that is not yet good, the clock of the server
    /// that issued it may be ahead by `clock_leeway`; beyond its end it has
    /// [`TOKEN_LEEWAY`] only.
    pub(crate) fn in_force(&self, now: Timestamp, clock_leeway: Duration) -> bool {
        let (begins_at, expires_at) = self.said.period;
        begins_at <= now + clock_leeway && now < expires_at + TOKEN_LEEWAY
    }
}

/// Reads an id that has exactly one spelling.
fn canonical<T: FromStr + Display>(text: &str) -> Option<T> {
    let id: T = text.parse().ok()?;
    (id.to_string() == text).then_some(id)
}

/// Whole seconds since the epoch (RFC 7519, 2).
fn numeric_date(time: Timestamp) -> u64 {
    u64::try_from(time.as_secs()).unwrap_or(0)
}

fn instant(numeric_date: u64) -> Timestamp {
    Timestamp::default() + Duration::from_secs(numeric_date)
}
