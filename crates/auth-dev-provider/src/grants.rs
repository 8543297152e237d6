//! Authorization codes and access tokens.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::error::Unspecified;

use crate::request::{AuthorizationRequest, challenge_of};
use crate::{Misbehaviour, Person, random};

/// What a person agreed to.
pub(crate) struct Grant {
    pub(crate) request: AuthorizationRequest,
    pub(crate) person: Person,
    pub(crate) misbehaviour: Option<Misbehaviour>,
    /// When, in seconds since 1970.
    pub(crate) auth_time: i64,
}

impl Grant {
    pub(crate) fn misbehaves(&self, so: Misbehaviour) -> bool {
        self.misbehaviour == Some(so)
    }
}

/// What a client shows for an access token (RFC 6749, 4.1.3; RFC 7636, 4.5).
pub(crate) struct Redemption<'a> {
    pub(crate) code: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) verifier: &'a str,
}

/// Why a code gives no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is unknown, expired, spent or another client's.
    Code,
    /// It was sent to another address.
    RedirectUri,
    /// The verifier does not fit.
    Verifier,
}

/// Something that ends by itself.
struct Entry<T> {
    value: T,
    ends: Instant,
}

struct Code {
    grant: Arc<Grant>,
    /// Set once the code was used: by then a token may have been issued for it.
    spent: bool,
    token: Option<String>,
}

/// The codes and tokens under way.
#[derive(Default)]
pub(crate) struct Grants {
    codes: Expiring<Code>,
    tokens: Expiring<Arc<Grant>>,
}

impl Grants {
    /// A code for this grant.
    pub(crate) fn add(&mut self, grant: Grant, lifetime: Duration) -> Result<String, Unspecified> {
        let code = random::text()?;
        let entry = Code {
            grant: Arc::new(grant),
            spent: false,
            token: None,
        };
        self.codes.insert(code.clone(), entry, lifetime);
        Ok(code)
    }

    /// Takes a code and checks what was shown with it. It is spent then, whatever comes out,
    /// unless it is another client's; shown again it takes its token with it (RFC 6749, 4.1.2).
    pub(crate) fn redeem(&mut self, shown: &Redemption<'_>) -> Result<Arc<Grant>, Refusal> {
        let code = self.codes.get_mut(shown.code).ok_or(Refusal::Code)?;
        let request = &code.grant.request;
        if request.client_id != shown.client_id {
            return Err(Refusal::Code);
        }
        if std::mem::replace(&mut code.spent, true) {
            if let Some(token) = code.token.take() {
                self.tokens.remove(&token);
            }
            return Err(Refusal::Code);
        }
        if request.redirect_uri != shown.redirect_uri {
            return Err(Refusal::RedirectUri);
        }
        if request.challenge != challenge_of(shown.verifier) {
            return Err(Refusal::Verifier);
        }
        Ok(code.grant.clone())
    }

    /// An access token for a redeemed code.
    pub(crate) fn add_token(
        &mut self,
        code: &str,
        grant: Arc<Grant>,
        lifetime: Duration,
    ) -> Result<String, Unspecified> {
        let token = random::text()?;
        if let Some(code) = self.codes.get_mut(code) {
            code.token = Some(token.clone());
        }
        self.tokens.insert(token.clone(), grant, lifetime);
        Ok(token)
    }

    /// The grant behind an access token that is good.
    pub(crate) fn behind(&mut self, token: &str) -> Option<Arc<Grant>> {
        self.tokens.get_mut(token).map(|grant| grant.clone())
    }
}

/// A map whose entries end by themselves.
struct Expiring<T> {
    entries: HashMap<String, Entry<T>>,
    /// The size at which ended entries are thrown out: at least twice that of the last
    /// time, so that it costs next to nothing per entry.
    sweep_at: usize,
}

impl<T> Default for Expiring<T> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
            sweep_at: 64,
        }
    }
}

impl<T> Expiring<T> {
    fn insert(&mut self, key: String, value: T, lifetime: Duration) {
        let now = Instant::now();
        if self.entries.len() >= self.sweep_at {
            self.entries.retain(|_, entry| entry.ends > now);
            self.sweep_at = 64.max(self.entries.len() * 2);
        }
        let ends = now + lifetime;
        self.entries.insert(key, Entry { value, ends });
    }

    fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        let entry = self.entries.get_mut(key)?;
        (entry.ends > Instant::now()).then_some(&mut entry.value)
    }

    fn remove(&mut self, key: &str) {
        self.entries.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ended_entries_are_gone_and_make_room() {
        let mut map = Expiring::default();
        for n in 0..1000 {
            map.insert(n.to_string(), n, Duration::ZERO);
        }
        assert!(map.entries.len() <= 64);
        assert_eq!(map.get_mut("999"), None);
        map.insert("a".into(), 1, Duration::from_secs(60));
        assert_eq!(map.get_mut("a"), Some(&mut 1));
    }
}
