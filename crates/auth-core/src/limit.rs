//! Limits against guessing and flooding (OWASP ASVS 5.0, 6.3.1; NIST SP 800-63B, 5.2.2).

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::email::Email;
use crate::error::{AuthError, StoreError};
use crate::id::SessionId;
use crate::user::User;

/// How often something may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// This many are free.
    pub free: u32,
    /// A count is forgotten this long after its first hit (fixed) or its last (doubling).
    pub window: Duration,
    /// What follows the free ones.
    pub penalty: Penalty,
}

/// What follows when the free hits are used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Penalty {
    /// Nothing more until the window ends.
    RestOfWindow,
    /// A delay before the next hit that starts at `first` and doubles up to `max`.
    Doubling {
        /// The first delay.
        first: Duration,
        /// The longest delay.
        max: Duration,
    },
}

impl Rule {
    /// `free` hits in each `window`.
    pub const fn fixed(free: u32, window: Duration) -> Self {
        Self {
            free,
            window,
            penalty: Penalty::RestOfWindow,
        }
    }

    /// The state after one more hit on a live state. Stores that can run code do it
    /// by this; those that speak SQL or Lua say the same in their language, and the
    /// store suite holds them to it.
    pub fn after_hit(&self, before: Option<Count>, now: Timestamp) -> Count {
        let (hits, ends_at) = match before.filter(|c| c.ends_at > now) {
            Some(count) => (count.hits + 1, count.ends_at),
            None => (1, now + self.window),
        };
        match self.penalty {
            Penalty::RestOfWindow => Count {
                hits,
                ends_at,
                blocked_until: if hits >= self.free {
                    ends_at
                } else {
                    Timestamp::default()
                },
            },
            Penalty::Doubling { first, max } => {
                let over = hits.checked_sub(self.free);
                let delay = over.map(|n| first.saturating_mul(1 << n.min(20)).min(max));
                Count {
                    hits,
                    ends_at: now + self.window,
                    blocked_until: delay.map_or(Timestamp::default(), |d| now + d),
                }
            }
        }
    }
}

/// What a store keeps for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Hits so far.
    pub hits: u32,
    /// When the count is forgotten.
    pub ends_at: Timestamp,
    /// Until when further hits are refused; the epoch when they are not.
    pub blocked_until: Timestamp,
}

/// Counts hits, atomically and for all nodes that share the store.
#[async_trait]
pub trait LimitStore: Send + Sync {
    /// Counts one hit, unless the key is blocked: then nothing is counted and the end
    /// of the block is returned. Parallel calls never let more than the rule allows pass.
    async fn hit(
        &self,
        key: &str,
        rule: &Rule,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError>;

    /// Takes one hit back, and with it the block that it may have caused.
    async fn refund(&self, key: &str) -> Result<(), StoreError>;

    /// Forgets the key.
    async fn clear(&self, key: &str) -> Result<(), StoreError>;

    /// Deletes counts whose time is over; gives their number.
    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError>;
}

/// The rules, one for each thing that is limited.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Failed sign-ins of one account.
    pub sign_in_account: Rule,
    /// Failed sign-ins from one address.
    pub sign_in_ip: Rule,
    /// Registrations from one address.
    pub register_ip: Rule,
    /// Requests for mail (forgot, resend) from one address.
    pub mail_request_ip: Rule,
    /// Wrong mailed tokens from one address.
    pub token_ip: Rule,
    /// Flows to providers from one address.
    pub provider_flow_ip: Rule,
    /// Refreshes of one session.
    pub refresh_session: Rule,
    /// Requested mails to one mailbox, in the short run.
    pub mailbox_hour: Rule,
    /// Requested mails to one mailbox, in the long run.
    pub mailbox_day: Rule,
}

impl Default for Rules {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        const HOUR: Duration = Duration::from_secs(3600);
        const DAY: Duration = Duration::from_secs(86_400);
        Self {
            sign_in_account: Rule {
                free: 5,
                window: DAY,
                penalty: Penalty::Doubling {
                    first: Duration::from_secs(1),
                    max: Duration::from_secs(900),
                },
            },
            sign_in_ip: Rule::fixed(20, MINUTE.saturating_mul(10)),
            register_ip: Rule::fixed(5, HOUR),
            mail_request_ip: Rule::fixed(20, HOUR),
            token_ip: Rule::fixed(20, MINUTE.saturating_mul(10)),
            provider_flow_ip: Rule::fixed(1000, MINUTE.saturating_mul(10)),
            refresh_session: Rule::fixed(60, MINUTE),
            mailbox_hour: Rule::fixed(3, HOUR),
            mailbox_day: Rule::fixed(10, DAY),
        }
    }
}

/// Applies the rules; without rules everything passes (load tests).
#[derive(Clone)]
pub struct Limits {
    store: Arc<dyn LimitStore>,
    rules: Option<Rules>,
}

/// An attempt that was counted before its outcome was known.
#[derive(Default)]
#[must_use]
pub(crate) struct Attempt {
    by_ip: Option<String>,
    by_account: Option<String>,
}

impl Limits {
    /// Counts in `store`; `None` turns the limits off.
    pub fn new(store: Arc<dyn LimitStore>, rules: Option<Rules>) -> Self {
        Self { store, rules }
    }

    /// Counts a sign-in before its password is looked at.
    pub(crate) async fn sign_in(
        &self,
        account: &str,
        ip: IpAddr,
        now: Timestamp,
    ) -> Result<Attempt, AuthError> {
        let Some(rules) = &self.rules else {
            return Ok(Attempt::default());
        };
        let by_ip = format!("sign-in:ip:{}", network(ip));
        let by_account = account_key(account);
        self.hit(&by_ip, &rules.sign_in_ip, now).await?;
        if let Err(refused) = self.hit(&by_account, &rules.sign_in_account, now).await {
            // The address is not to blame for an account that others have locked.
            self.store.refund(&by_ip).await?;
            return Err(refused);
        }
        Ok(Attempt {
            by_ip: Some(by_ip),
            by_account: Some(by_account),
        })
    }

    /// The attempt was no failure: it never counted.
    pub(crate) async fn refund(&self, attempt: Attempt) -> Result<(), AuthError> {
        for key in [attempt.by_ip, attempt.by_account].into_iter().flatten() {
            self.store.refund(&key).await?;
        }
        Ok(())
    }

    /// The attempt proved the account's password: it never counted for the address, and
    /// the account's failures are forgiven.
    pub(crate) async fn forgive(&self, attempt: Attempt) -> Result<(), AuthError> {
        if let Some(key) = attempt.by_ip {
            self.store.refund(&key).await?;
        }
        if let Some(key) = attempt.by_account {
            self.store.clear(&key).await?;
        }
        Ok(())
    }

    /// Forgets the failed sign-ins of an account.
    pub(crate) async fn forgive_account(&self, user: &User) -> Result<(), AuthError> {
        if self.rules.is_some() {
            let key = account_key(&user.id.to_string());
            self.store.clear(&key).await?;
        }
        Ok(())
    }

    /// Counts a registration.
    pub(crate) async fn register(&self, ip: IpAddr, now: Timestamp) -> Result<(), AuthError> {
        self.by_ip("register", ip, |r| r.register_ip, now).await
    }

    /// Counts a request for mail.
    pub(crate) async fn mail_request(&self, ip: IpAddr, now: Timestamp) -> Result<(), AuthError> {
        self.by_ip("mail", ip, |r| r.mail_request_ip, now).await
    }

    /// Counts a flow to a provider.
    pub(crate) async fn provider_flow(&self, ip: IpAddr, now: Timestamp) -> Result<(), AuthError> {
        self.by_ip("provider", ip, |r| r.provider_flow_ip, now)
            .await
    }

    /// Counts a refresh.
    pub(crate) async fn refresh(
        &self,
        session: SessionId,
        now: Timestamp,
    ) -> Result<(), AuthError> {
        match &self.rules {
            Some(rules) => {
                let key = format!("refresh:session:{session}");
                self.hit(&key, &rules.refresh_session, now).await
            }
            None => Ok(()),
        }
    }

    /// Counts a try of a mailed token; refund it when the token was good.
    pub(crate) async fn token(&self, ip: IpAddr, now: Timestamp) -> Result<Attempt, AuthError> {
        self.by_ip("token", ip, |r| r.token_ip, now).await?;
        Ok(Attempt {
            by_ip: self.rules.map(|_| format!("token:ip:{}", network(ip))),
            by_account: None,
        })
    }

    /// Whether one more requested mail may go to this mailbox; counts it if so.
    pub(crate) async fn mailbox(&self, to: &Email, now: Timestamp) -> Result<bool, AuthError> {
        let Some(rules) = &self.rules else {
            return Ok(true);
        };
        let windows = [("hour", rules.mailbox_hour), ("day", rules.mailbox_day)];
        for (name, rule) in windows {
            let key = format!("mailbox:{name}:{}", to.key());
            if self.store.hit(&key, &rule, now).await?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn by_ip(
        &self,
        what: &str,
        ip: IpAddr,
        rule: impl Fn(&Rules) -> Rule,
        now: Timestamp,
    ) -> Result<(), AuthError> {
        match &self.rules {
            Some(rules) => {
                let key = format!("{what}:ip:{}", network(ip));
                self.hit(&key, &rule(rules), now).await
            }
            None => Ok(()),
        }
    }

    async fn hit(&self, key: &str, rule: &Rule, now: Timestamp) -> Result<(), AuthError> {
        match self.store.hit(key, rule, now).await? {
            None => Ok(()),
            Some(blocked_until) => Err(AuthError::TooManyAttempts {
                retry_after: blocked_until.since(now),
            }),
        }
    }
}

fn account_key(account: &str) -> String {
    format!("sign-in:account:{account}")
}

/// The network that one customer holds: a single IPv4 address, an IPv6 /64.
fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_up_to_its_maximum() {
        let rule = Rules::default().sign_in_account;
        let now = Timestamp::from_millis(1_000_000);
        let mut count = None;
        let mut delays = vec![];
        for _ in 0..18 {
            let next = rule.after_hit(count, now);
            delays.push(next.blocked_until.since(now).as_secs());
            count = Some(next);
        }
        assert_eq!(&delays[..8], &[0, 0, 0, 0, 1, 2, 4, 8]);
        assert_eq!(&delays[15..], &[900, 900, 900]);
    }

    #[test]
    fn ipv6_counts_by_64_and_mapped_ipv4_as_ipv4() {
        let net = |text: &str| network(text.parse().unwrap());
        assert_eq!(net("2001:db8:1:2:3::4"), net("2001:db8:1:2:ffff::1"));
        assert_ne!(net("2001:db8:1:2::1"), net("2001:db8:1:3::1"));
        assert_eq!(net("::ffff:192.0.2.1"), net("192.0.2.1"));
    }
}
