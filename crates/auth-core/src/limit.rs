//! Limits against guessing and flooding (OWASP ASVS 5.0, 6.3.1; NIST SP 800-63B, 5.2.2).

mod attempt;
mod count;
mod device_cookie;
mod rules;

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::Semaphore;

pub(crate) use attempt::{Guess, GuessOf};
pub use count::{Blocked, Count, LimitStore, Outcome, Penalty, Rule};
pub use device_cookie::{DeviceCookie, DeviceCookies};
pub use rules::Rules;

use crate::clock::Timestamp;
use crate::email::Email;
use crate::error::{AuthError, StoreError};
use crate::events::{Event, EventKind, Events, SignInMethod};
use crate::id::{SessionId, UserId};
use crate::identity::ProviderId;
use crate::live::Live;
use crate::mail::MailClass;
use crate::user::User;

/// Applies the rules; without rules everything passes (load tests).
#[derive(Clone)]
pub struct Limits {
    store: Arc<dyn LimitStore>,
    rules: Live<Option<Rules>>,
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

    /// Counts in `store` by the rules of the moment; `None` turns the limits off. `devices` tells the devices that
    /// have signed in before.
    pub fn new(
        store: Arc<dyn LimitStore>,
        rules: impl Into<Live<Option<Rules>>>,
        devices: DeviceCookies,
    ) -> Self {
        Self {
            store,
            rules: rules.into(),
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

    /// What applies now.
    pub(crate) fn rules(&self) -> Option<Rules> {
        *self.rules.get()
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
        by: Option<SignInMethod>,
        user: Option<UserId>,
        ip: Option<IpAddr>,
        until: Timestamp,
        now: Timestamp,
    ) -> AuthError {
        let retry_after = until.since(now);
        let kind = EventKind::Throttled {
            by,
            limit: key.to_owned(),
            retry_after,
        };
        self.events.tell(&Event {
            user,
            ip,
            ..kind.into()
        });
        AuthError::TooManyAttempts { retry_after }
    }

    /// Forgets the failed sign-ins of an account.
    pub(crate) async fn forgive_account(&self, user: &User) -> Result<(), AuthError> {
        if self.rules().is_some() {
            for of in GuessOf::ALL {
                let key = account_key(of, &user.id.to_string());
                self.store.clear(&key).await?;
            }
        }
        Ok(())
    }

    /// Counts a registration.
    pub(crate) async fn register(&self, ip: IpAddr, now: Timestamp) -> Result<(), AuthError> {
        self.by_ip("register", None, ip, |r| r.register_ip, now)
            .await
    }

    /// Counts a request for mail.
    pub(crate) async fn mail_request(&self, ip: IpAddr, now: Timestamp) -> Result<(), AuthError> {
        self.by_ip("mail", None, ip, |r| r.mail_request_ip, now)
            .await
    }

    /// Counts a change of a profile; `of_a_name` says whether of the username or the address.
    pub(crate) async fn profile_change(
        &self,
        user: UserId,
        of_a_name: bool,
        now: Timestamp,
    ) -> Result<(), AuthError> {
        let Some(rules) = self.rules() else {
            return Ok(());
        };
        let all = [("profile", &rules.profile_account)];
        let names = of_a_name.then_some(("profile-names", &rules.profile_name_account));
        for (what, rule) in all.into_iter().chain(names) {
            let key = format!("{what}:account:{user}");
            if let Some(until) = self.store.hit(&key, rule, now).await? {
                return Err(self.throttled(&key, None, Some(user), None, until, now));
            }
        }
        Ok(())
    }

    /// Counts a flow to a provider.
    pub(crate) async fn provider_flow(
        &self,
        provider: &ProviderId,
        ip: IpAddr,
        now: Timestamp,
    ) -> Result<(), AuthError> {
        let by = SignInMethod::Provider(provider.clone());
        self.by_ip("provider", Some(by), ip, |r| r.provider_flow_ip, now)
            .await
    }

    /// Counts the beginning of a sign-in by a passkey, of which there is one with each view of a
    /// sign-in page.
    pub(crate) async fn passkey(&self, ip: IpAddr, now: Timestamp) -> Result<(), AuthError> {
        let by = Some(SignInMethod::Passkey);
        self.by_ip("passkey", by, ip, |r| r.provider_flow_ip, now)
            .await
    }

    /// Counts a refresh.
    pub(crate) async fn refresh(
        &self,
        session: SessionId,
        now: Timestamp,
    ) -> Result<(), AuthError> {
        let Some(rules) = self.rules() else {
            return Ok(());
        };
        let key = format!("refresh:session:{session}");
        match self.store.hit(&key, &rules.refresh_session, now).await? {
            None => Ok(()),
            Some(until) => Err(self.throttled(&key, None, None, None, until, now)),
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
        let Some(rules) = self.rules().filter(|_| class != MailClass::Notice) else {
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
        by: Option<SignInMethod>,
        ip: IpAddr,
        rule: impl Fn(&Rules) -> Rule,
        now: Timestamp,
    ) -> Result<(), AuthError> {
        let Some(rules) = self.rules() else {
            return Ok(());
        };
        let key = format!("{what}:ip:{}", network(ip));
        match self.store.hit(&key, &rule(&rules), now).await? {
            None => Ok(()),
            Some(until) => Err(self.throttled(&key, by, None, Some(ip), until, now)),
        }
    }
}

fn account_key(of: GuessOf, account: &str) -> String {
    format!("{}:account:{account}", of.as_str())
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
    fn ipv6_counts_by_64_and_mapped_ipv4_as_ipv4() {
        let net = |text: &str| network(text.parse().unwrap());
        assert_eq!(net("2001:db8:1:2:3::4"), net("2001:db8:1:2:ffff::1"));
        assert_ne!(net("2001:db8:1:2::1"), net("2001:db8:1:3::1"));
        assert_eq!(net("::ffff:192.0.2.1"), net("192.0.2.1"));
    }
}
