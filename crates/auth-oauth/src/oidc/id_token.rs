//! What makes an ID token a proof (OpenID Connect Core 1.0, 3.1.3.7 and 3.1.3.8).
//!
//! Signatures and their keys are the crate's. The claims are read here, since the crate
//! reads every standard claim, used or not, by the letter of the specification, which few
//! providers keep to.

use std::time::Duration;

use auth_core::SecretText;
use auth_core::Timestamp;
use auth_core::identity::Challenge;

use super::config::{OidcConfig, TENANT};
use super::jwt::Signer;
use crate::fault::{Fault, shown};
use crate::json::Object;

/// How long ago an ID token may have been issued.
const MAX_AGE: Duration = Duration::from_secs(600);

/// The longest subject identifier (OpenID Connect Core 1.0, 2).
const MAX_SUBJECT: usize = 255;

/// What an ID token has to fit.
pub(super) struct Expected<'a> {
    pub(super) config: &'a OidcConfig,
    pub(super) challenge: &'a Challenge,
    pub(super) access_token: &'a SecretText,
    pub(super) now: Timestamp,
}

/// What an ID token proves.
#[derive(Debug)]
pub(super) struct Proof {
    /// Its issuer: that of the tenant, where there are several.
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) auth_time: Option<Timestamp>,
    /// Whether a second factor was shown, by what this provider is trusted for.
    pub(super) second_factor: bool,
}

impl Expected<'_> {
    /// Checks the claims of an ID token whose signature is good.
    pub(super) fn check(&self, claims: &Object, signer: &Signer<'_>) -> Result<Proof, Fault> {
        let issuer = self.issuer(claims)?;
        self.check_audience(claims)?;
        self.check_times(claims)?;
        self.check_nonce(claims)?;
        self.check_access_token(claims, signer)?;
        let subject = claims.required("sub")?;
        if !(1..=MAX_SUBJECT).contains(&subject.chars().count()) {
            return Err(claims.unexpected("sub", "1 to 255 characters", "empty or too long"));
        }
        Ok(Proof {
            issuer,
            subject: subject.to_owned(),
            auth_time: self.auth_time(claims)?,
            second_factor: self.second_factor(claims),
        })
    }

    fn issuer(&self, claims: &Object) -> Result<String, Fault> {
        let expected = match self.config.issuer.contains(TENANT) {
            true => self.config.issuer.replace(TENANT, self.tenant(claims)?),
            false => self.config.issuer.clone(),
        };
        let stated = claims.required("iss")?;
        if stated != expected {
            let (found, expected) = (shown(stated), shown(&expected));
            return Err(claims.unexpected("iss", &expected, &found));
        }
        Ok(expected)
    }

    /// The tenant, which the issuer is made of.
    fn tenant<'c>(&self, claims: &'c Object) -> Result<&'c str, Fault> {
        let tenant = claims.required("tid")?;
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let known = &self.config.tenants;
        if tenant.is_empty() || !tenant.bytes().all(is_name) {
            return Err(claims.unexpected("tid", "the id of a tenant", &shown(tenant)));
        }
        if !known.is_empty() && !known.iter().any(|one| one.eq_ignore_ascii_case(tenant)) {
            return Err(claims.unexpected("tid", "one of tenants", &shown(tenant)));
        }
        Ok(tenant)
    }

    /// The token is for us; whoever else it is for is trusted, and it was issued to us.
    fn check_audience(&self, claims: &Object) -> Result<(), Fault> {
        let (ours, trusted) = (&self.config.client_id, &self.config.audiences);
        let audiences = claims.texts("aud")?;
        let party = claims.optional("azp")?;
        let list = |names: &[&str]| shown(&names.join(" "));
        if !audiences.contains(&ours.as_str()) {
            let found = list(&audiences);
            return Err(claims.unexpected("aud", &format!("client_id {}", shown(ours)), &found));
        }
        let mut others = audiences.iter().filter(|one| *one != ours);
        let stranger = others.find(|one| !trusted.iter().any(|known| known == *one));
        if let Some(stranger) = stranger {
            let found = format!("for {} too", shown(stranger));
            return Err(claims.unexpected("aud", "us alone (audience= to trust others)", &found));
        }
        match party {
            Some(party) if party != ours => {
                let expected = format!("client_id {}", shown(ours));
                Err(claims.unexpected("azp", &expected, &shown(party)))
            }
            None if audiences.iter().any(|one| one != ours) => {
                let expected = format!("client_id {}, as there are several aud", shown(ours));
                Err(claims.unexpected("azp", &expected, "nothing"))
            }
            _ => Ok(()),
        }
    }

    fn check_times(&self, claims: &Object) -> Result<(), Fault> {
        let (now, leeway) = (self.now, self.config.leeway);
        let issued_at = claims.time("iat")?;
        let issued_at = issued_at.ok_or_else(|| claims.unexpected("iat", "a time", "nothing"))?;
        let expires_at = claims.time("exp")?;
        let expires_at = expires_at.ok_or_else(|| claims.unexpected("exp", "a time", "nothing"))?;
        let early = issued_at.max(claims.time("nbf")?.unwrap_or(issued_at));
        if early > now + leeway {
            return Err(self.untimely(claims, "iat or nbf", early.since(now), "ahead of"));
        }
        if now.since(issued_at) > MAX_AGE + leeway {
            return Err(self.untimely(claims, "iat", now.since(issued_at), "behind"));
        }
        if now >= expires_at + leeway {
            return Err(self.untimely(claims, "exp", now.since(expires_at), "behind"));
        }
        Ok(())
    }

    fn untimely(&self, claims: &Object, name: &str, by: Duration, so: &str) -> Fault {
        let found = format!("{} s {so} the time here", by.as_secs());
        let leeway = self.config.leeway.as_secs();
        claims.unexpected(name, &format!("now, within leeway={leeway}s"), &found)
    }

    fn check_nonce(&self, claims: &Object) -> Result<(), Fault> {
        match claims.optional("nonce")? {
            Some(nonce) if nonce == self.challenge.nonce.reveal() => Ok(()),
            Some(_) => Err(claims.unexpected("nonce", "the one that was sent", "another one")),
            None if !self.config.nonce => Ok(()),
            None => {
                let expected = "the one that was sent (nonce=off if the provider returns none)";
                Err(claims.unexpected("nonce", expected, "nothing"))
            }
        }
    }

    fn check_access_token(&self, claims: &Object, signer: &Signer<'_>) -> Result<(), Fault> {
        let Some(stated) = claims.optional("at_hash")? else {
            return Ok(());
        };
        let actual = signer.hash(self.access_token.reveal());
        // Some providers pad what RFC 7515 leaves unpadded.
        if actual.is_some_and(|actual| actual == stated.trim_end_matches('=')) {
            return Ok(());
        }
        Err(claims.unexpected("at_hash", "that of the access token", "another one"))
    }

    /// Whether `amr` or `acr` says what the settings trust (RFC 8176; OpenID Connect Core 1.0, 2).
    fn second_factor(&self, claims: &Object) -> bool {
        let trusted = |stated: &str| self.config.trust_factor.iter().any(|one| one == stated);
        let by_methods = claims
            .texts("amr")
            .is_ok_and(|amr| amr.into_iter().any(trusted));
        by_methods || claims.text("acr").is_some_and(trusted)
    }

    /// When the person signed in; one that nobody asked for can have any form.
    fn auth_time(&self, claims: &Object) -> Result<Option<Timestamp>, Fault> {
        let (since, leeway) = (self.challenge.authenticated_since, self.config.leeway);
        let stated = claims.time("auth_time");
        let stated = match since {
            Some(_) => stated?,
            None => stated.unwrap_or(None),
        };
        let Some(at) = stated else { return Ok(None) };
        let stale = since.is_some_and(|since| at + leeway < since);
        if stale || at > self.now + leeway {
            let expected = "the time of a sign-in that was made for this flow";
            return Err(claims.unexpected("auth_time", expected, "another time"));
        }
        Ok(Some(at))
    }
}
