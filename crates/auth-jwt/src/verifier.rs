//! The one strict check that an access token has to pass (RFC 8725).

use std::sync::{Arc, Weak};
use std::time::Duration;

use auth_core::Timestamp;
use aws_lc_rs::digest::{SHA256, digest};
use quick_cache::sync::Cache;
use serde::Deserialize;

use crate::claims::{Checked, Parties};
use crate::json;
use crate::keys::{Key, Keys, TOKEN_TYPE};

/// The longest token that is looked at, in bytes. Ours have some 600.
pub(crate) const MAX_TOKEN_LEN: usize = 4096;

/// A token's header: these three members and no other, so that `crit`, `jku`, `jwk`,
/// `x5u`, `zip` and the like can't even be written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// A token whose signature was found good.
#[derive(Clone)]
struct Remembered {
    claims: Checked,
    key: Weak<Key>,
}

/// Checks tokens, and remembers those whose signature it found good.
///
/// Remembering is safe, because it spares only what can't change: the same bytes under
/// the same key always verify, and always say the same. The whole token is looked up by
/// its SHA-256, so a token that differs in any bit is a stranger. What can change is
/// checked at every use: whether its key is still in the ring, whether its time has
/// come and not passed, and then, by the strategy, whether its session was revoked.
pub(crate) struct Verifier {
    parties: Parties,
    clock_leeway: Duration,
    remembered: Option<Cache<[u8; 32], Remembered>>,
}

impl Verifier {
    /// Accepts tokens from and for these parties, also from servers whose clocks are ahead
    /// by `clock_leeway`, and remembers so many of them.
    pub(crate) fn new(parties: Parties, clock_leeway: Duration, remembered: usize) -> Self {
        Self {
            parties,
            clock_leeway,
            remembered: (remembered > 0).then(|| Cache::new(remembered)),
        }
    }

    /// From and for whom it accepts tokens.
    pub(crate) fn parties(&self) -> &Parties {
        &self.parties
    }

    /// What a token says, if it is one of ours, signed by one of these keys, and in force.
    pub(crate) fn verify(&self, token: &str, keys: &Keys, now: Timestamp) -> Option<Checked> {
        if token.len() > MAX_TOKEN_LEN {
            return None;
        }
        let Some(remembered) = &self.remembered else {
            return Some(self.check(token, keys, now)?.0);
        };
        let mut name = [0; 32];
        name.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        if let Some(known) = remembered.get(&name) {
            if keys.holds(&known.key) && known.claims.in_force(now, self.clock_leeway) {
                return Some(known.claims);
            }
            remembered.remove(&name);
        }
        let (claims, key) = self.check(token, keys, now)?;
        let key = Arc::downgrade(key);
        remembered.insert(name, Remembered { claims, key });
        Some(claims)
    }

    /// What a token says that is one of ours, be it in force or not.
    pub(crate) fn trace(&self, token: &str, keys: &Keys) -> Option<Checked> {
        let short_enough = token.len() <= MAX_TOKEN_LEN;
        Some(short_enough.then(|| self.read(token, keys))??.0)
    }

    /// What a token says, if it is in force, and the key that signed it.
    fn check<'k>(
        &self,
        token: &str,
        keys: &'k Keys,
        now: Timestamp,
    ) -> Option<(Checked, &'k Arc<Key>)> {
        let read = self.read(token, keys)?;
        read.0.in_force(now, self.clock_leeway).then_some(read)
    }

    /// Reads a token. Apart from the header, which names the key, nothing of it is read
    /// before its signature is found good.
    fn read<'k>(&self, token: &str, keys: &'k Keys) -> Option<(Checked, &'k Arc<Key>)> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        let header: Header = json::object(header)?;
        let key = keys.find(&header.kid)?;
        let as_expected = header.alg == key.algorithm().as_str() && header.typ == TOKEN_TYPE;
        if !as_expected || !key.verifies(message, signature) {
            return None;
        }
        Some((Checked::read(payload, &self.parties)?, key))
    }
}
