//! Limits against guessing and flooding (OWASP ASVS 5.0, 6.3.1; NIST SP 800-63B, 5.2.2).

mod attempt;
mod device_cookie;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Semaphore;

pub(crate) use attempt::Guess;
pub use device_cookie::{DeviceCookie, DeviceCookies};

use crate::clock::Timestamp;
use crate::email::Email;
use crate::error::{AuthError, StoreError};
use crate::events::{Event, EventKind, Events};
use crate::id::{SessionId, UserId};
use crate::mail::MailClass;
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
    pub fn after_hit(&self, before: Option<Count>, outcome: Outcome, now: Timestamp) -> Count {
        let live = before.filter(|count| count.ends_at > now);
        let (hits, ends_at) = match live {
            Some(count) => (count.hits + 1, count.ends_at),
            None => (1, now + self.window),
        };
        let (ends_at, blocked_until) = match self.penalty {
            Penalty::RestOfWindow if hits >= self.free => (ends_at, ends_at),
            Penalty::RestOfWindow => (ends_at, Timestamp::default()),
            Penalty::Doubling { first, max } => {
                let over = hits.checked_sub(self.free);
                let delay = over.map(|n| first.saturating_mul(1 << n.min(20)).min(max));
                let blocked_until = delay.map_or(Timestamp::default(), |d| now + d);
                (now + self.window, blocked_until)
            }
        };
        let pending = live.filter(|count| count.pending_until > now);
        let (pending, pending_until) = pending.map_or_else(Default::default, |count| {
            (count.pending, count.pending_until)
        });
        Count {
            hits,
            ends_at,
            blocked_until,
            pending: pending + outcome.pending(),
            pending_until: pending_until.max(outcome.pending_until(now)),
        }
    }
}

/// Whether it is known what a hit led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It counts.
    Known,
    /// It counts until [`LimitStore::refund`] takes it back. Once it is known that it
    /// does count, [`LimitStore::settle`] says so. An outcome that nobody tells, because the
    /// client went away or the server died, counts as known after [`Outcome::PATIENCE`].
    Pending,
}

impl Outcome {
    /// How long a pending hit may stay so: longer than a password waits to be hashed.
    pub const PATIENCE: Duration = Duration::from_secs(10);

    /// How many pending hits one hit with this outcome is.
    pub const fn pending(self) -> u32 {
        match self {
            Self::Known => 0,
            Self::Pending => 1,
        }
    }

    /// When a hit of now is no longer pending, whatever happens.
    pub fn pending_until(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Known => Timestamp::default(),
            Self::Pending => now + Self::PATIENCE,
        }
    }
}

/// What a store keeps for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Hits so far, with the pending ones.
    pub hits: u32,
    /// When the count is forgotten.
    pub ends_at: Timestamp,
    /// Until when further hits are refused; the epoch when they are not.
    pub blocked_until: Timestamp,
    /// How many of the hits may still be taken back.
    pub pending: u32,
    /// When none of them is pending any more, whatever happens.
    pub pending_until: Timestamp,
}

impl Count {
    /// What is told to whoever comes while the key is blocked.
    pub fn block(&self, now: Timestamp) -> Option<Blocked> {
        (self.blocked_until > now).then_some(Blocked {
            until: self.blocked_until,
            may_open: self.pending > 0 && self.pending_until > now,
        })
    }

    /// The count after a pending hit turned out to count.
    #[must_use]
    pub fn settled(self) -> Self {
        Self {
            pending: self.pending.saturating_sub(1),
            ..self
        }
    }

    /// The count after a hit was taken back.
    #[must_use]
    pub fn refunded(self) -> Self {
        Self {
            hits: self.hits.saturating_sub(1),
            blocked_until: Timestamp::default(),
            ..self.settled()
        }
    }
}

/// A hit was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The end of the block.
    pub until: Timestamp,
    /// Whether hits are pending: when one of them is taken back, the block ends at once.
    pub may_open: bool,
}

/// Counts hits, atomically and for all nodes that share the store.
#[async_trait]
pub trait LimitStore: Send + Sync {
    /// Counts one hit, unless the key is blocked: then nothing is counted and the block
    /// is returned. Parallel calls never let more than the rule allows pass.
    async fn count(
        &self,
        key: &str,
        rule: &Rule,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<Option<Blocked>, StoreError>;

    /// A pending hit turned out to count.
    async fn settle(&self, key: &str) -> Result<(), StoreError>;

    /// Takes one hit back, and with it the block that it may have caused.
    async fn refund(&self, key: &str) -> Result<(), StoreError>;

    /// Forgets the key.
    async fn clear(&self, key: &str) -> Result<(), StoreError>;

    /// Deletes counts whose time is over; gives their number.
    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError>;

    /// Counts one hit whose outcome is known; the end of the block when there is one.
    async fn hit(
        &self,
        key: &str,
        rule: &Rule,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let blocked = self.count(key, rule, Outcome::Known, now).await?;
        Ok(blocked.map(|blocked| blocked.until))
    }
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
    /// Changes of one profile.
    pub profile_account: Rule,
    /// Changes of the username or the address of one profile, each of which is told by mail.
    pub profile_name_account: Rule,
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
            profile_account: Rule::fixed(60, HOUR),
            profile_name_account: Rule::fixed(10, HOUR),
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
    devices: DeviceCookies,
    events: Events,
    waiting: Arc<Semaphore>,
}

/// The share of one mail in what a mailbox may get.
#[derive(Debug, Default)]
#[must_use]
pub struct MailboxShare(Vec<String>);

/// Whether a mailbox may get one more mail.
#[derive(Debug)]
pub enum Share {
    /// It may.
    Taken(MailboxShare),
    /// It may not before this time.
    UsedUpUntil(Timestamp),
}

impl Limits {
    /// The most callers of one node that wait for the outcome of others' attempts.
    const MAX_WAITING: usize = 256;

    /// Counts in `store`; `None` turns the limits off. `devices` tells the devices that
    /// have signed in before.
    pub fn new(store: Arc<dyn LimitStore>, rules: Option<Rules>, devices: DeviceCookies) -> Self {
        Self {
            store,
            rules,
            devices,
            events: Events::default(),
            waiting: Arc::new(Semaphore::new(Self::MAX_WAITING)),
        }
    }

    /// Tells these of refusals.
    #[must_use]
    pub fn telling(self, events: Events) -> Self {
        Self { events, ..self }
    }

    /// The cookies by which devices that have signed in before are known.
    pub(crate) fn devices(&self) -> &DeviceCookies {
        &self.devices
    }

    /// The refusal, on the record. The key holds no secret: it says what was counted, for
    /// which account or network.
    fn throttled(
        &self,
        key: &str,
        user: Option<UserId>,
        ip: Option<IpAddr>,
        until: Timestamp,
        now: Timestamp,
    ) -> AuthError {
        let retry_after = until.since(now);
        let limit = key.to_owned();
        let kind = EventKind::Throttled { limit, retry_after };
        self.events.tell(&Event {
            user,
            ip,
            ..kind.into()
        });
        AuthError::TooManyAttempts { retry_after }
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

    /// Counts a change of a profile; `of_a_name` says whether of the username or the address.
    pub(crate) async fn profile_change(
        &self,
        user: UserId,
        of_a_name: bool,
        now: Timestamp,
    ) -> Result<(), AuthError> {
        let Some(rules) = &self.rules else {
            return Ok(());
        };
        let all = [("profile", &rules.profile_account)];
        let names = of_a_name.then_some(("profile-names", &rules.profile_name_account));
        for (what, rule) in all.into_iter().chain(names) {
            let key = format!("{what}:account:{user}");
            if let Some(until) = self.store.hit(&key, rule, now).await? {
                return Err(self.throttled(&key, Some(user), None, until, now));
            }
        }
        Ok(())
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
        let Some(rules) = &self.rules else {
            return Ok(());
        };
        let key = format!("refresh:session:{session}");
        match self.store.hit(&key, &rules.refresh_session, now).await? {
            None => Ok(()),
            Some(until) => Err(self.throttled(&key, None, None, until, now)),
        }
    }

    /// Takes a share of what may be mailed to a mailbox. Resets have shares of their own, so
    /// that whoever uses up the others keeps nobody from a new password; notices need none.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn mailbox(
        &self,
        class: MailClass,
        to: &Email,
        now: Timestamp,
    ) -> Result<Share, StoreError> {
        let mut taken = MailboxShare::default();
        let Some(rules) = self.rules.filter(|_| class != MailClass::Notice) else {
            return Ok(Share::Taken(taken));
        };
        let windows = [("hour", rules.mailbox_hour), ("day", rules.mailbox_day)];
        for (name, rule) in windows {
            let key = format!("mailbox:{}:{name}:{}", class.as_str(), to.key());
            if let Some(until) = self.store.hit(&key, &rule, now).await? {
                self.give_back(taken).await?;
                return Ok(Share::UsedUpUntil(until));
            }
            taken.0.push(key);
        }
        Ok(Share::Taken(taken))
    }

    /// Gives the share of a mail back that was not sent.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn give_back(&self, share: MailboxShare) -> Result<(), StoreError> {
        for key in share.0 {
            self.store.refund(&key).await?;
        }
        Ok(())
    }

    async fn by_ip(
        &self,
        what: &str,
        ip: IpAddr,
        rule: impl Fn(&Rules) -> Rule,
        now: Timestamp,
    ) -> Result<(), AuthError> {
        let Some(rules) = &self.rules else {
            return Ok(());
        };
        let key = format!("{what}:ip:{}", network(ip));
        match self.store.hit(&key, &rule(rules), now).await? {
            None => Ok(()),
            Some(until) => Err(self.throttled(&key, None, Some(ip), until, now)),
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
            let next = rule.after_hit(count, Outcome::Known, now);
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
