//! Attempts that may fail: counted before their outcome is known, so that parallel guesses
//! never beat the rule, and taken back when they were no failures.

use std::net::IpAddr;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Blocked, Limits, Outcome, Rule, account_key, network};
use crate::clock::Timestamp;
use crate::error::AuthError;
use crate::events::{Event, EventKind, SignInMethod};
use crate::session::Device;
use crate::user::User;

/// The longest that an attempt waits for the outcome of those before it.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How soon it looks whether they are over; later looks are rarer.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// What is guessed. Failures of each are counted on their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GuessOf {
    /// The password.
    Password,
    /// A second factor.
    Factor,
}

impl GuessOf {
    pub(super) const ALL: [Self; 2] = [Self::Password, Self::Factor];

    /// What its counts begin with.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "sign-in",
            Self::Factor => "factor",
        }
    }
}

/// Something about to be tried.
pub(crate) struct Guess<'a> {
    /// What it is.
    pub(crate) of: GuessOf,
    /// The sign-in of which it would be the first proof, if any.
    pub(crate) by: Option<SignInMethod>,
    /// What failures are counted under: the account's id, or what stands for an account
    /// that does not exist.
    pub(crate) account: &'a str,
    /// The account, if there is one.
    pub(crate) user: Option<&'a User>,
    /// Who tries.
    pub(crate) device: &'a Device,
}

/// An attempt that was counted before its outcome was known.
#[derive(Default)]
#[must_use]
pub(crate) struct Attempt {
    /// The count shared with attempts on other accounts: that of an address.
    shared: Option<String>,
    /// The count that success forgives: the account's, or a known device's.
    own: Option<String>,
}

impl Attempt {
    fn keys(self) -> impl Iterator<Item = String> {
        [self.shared, self.own].into_iter().flatten()
    }
}

impl Limits {
    /// Counts a sign-in before its password is looked at. A device that has signed in to
    /// the account before has a count of its own, so that strangers lock no owner out; when
    /// that is used up, it is a stranger too (OWASP, "Slow Down Online Guessing Attacks with
    /// Device Cookies").
    pub(crate) async fn sign_in(
        &self,
        guess: Guess<'_>,
        now: Timestamp,
    ) -> Result<Attempt, AuthError> {
        let Some(rules) = self.rules() else {
            return Ok(Attempt::default());
        };
        if let Some(device) = self.known_device(&guess, now) {
            let rule = &rules.sign_in_account;
            if self.reserve(&device, rule, now).await?.is_none() {
                return Ok(Attempt {
                    shared: None,
                    own: Some(device),
                });
            }
        }
        let by_ip = format!("sign-in:ip:{}", network(guess.device.ip));
        let by_account = account_key(guess.of, guess.account);
        if let Some(blocked) = self.reserve(&by_ip, &rules.sign_in_ip, now).await? {
            return Err(self.refused(&guess, &by_ip, blocked, now));
        }
        let rule = &rules.sign_in_account;
        if let Some(blocked) = self.reserve(&by_account, rule, now).await? {
            // The address is not to blame for an account that others have locked.
            self.store.refund(&by_ip).await?;
            return Err(self.refused(&guess, &by_account, blocked, now));
        }
        Ok(Attempt {
            shared: Some(by_ip),
            own: Some(by_account),
        })
    }

    /// Counts a try of a mailed token.
    pub(crate) async fn token(&self, ip: IpAddr, now: Timestamp) -> Result<Attempt, AuthError> {
        let Some(rules) = self.rules() else {
            return Ok(Attempt::default());
        };
        let key = format!("token:ip:{}", network(ip));
        match self.reserve(&key, &rules.token_ip, now).await? {
            None => Ok(Attempt {
                shared: Some(key),
                own: None,
            }),
            Some(blocked) => Err(self.throttled(&key, None, None, Some(ip), blocked.until, now)),
        }
    }

    /// The attempt failed: it stays counted.
    pub(crate) async fn settle(&self, attempt: Attempt) -> Result<(), AuthError> {
        for key in attempt.keys() {
            self.store.settle(&key).await?;
        }
        Ok(())
    }

    fn refused(&self, guess: &Guess<'_>, key: &str, blocked: Blocked, now: Timestamp) -> AuthError {
        let (user, ip) = (guess.user.map(|user| user.id), guess.device.ip);
        self.throttled(key, guess.by.clone(), user, Some(ip), blocked.until, now)
    }

    /// Ends a try of a mailed token by what came of it: only a wrong token counts.
    pub(crate) async fn conclude<T>(
        &self,
        what: &'static str,
        ip: IpAddr,
        attempt: Attempt,
        outcome: Result<T, AuthError>,
    ) -> Result<T, AuthError> {
        match &outcome {
            Err(AuthError::InvalidToken) => {
                self.settle(attempt).await?;
                let event = Event::from(EventKind::TokenRefused { what });
                self.events.tell(&event.from_address(ip));
            }
            _ => self.refund(attempt).await?,
        }
        outcome
    }

    /// The attempt was no failure: it never counted.
    pub(crate) async fn refund(&self, attempt: Attempt) -> Result<(), AuthError> {
        for key in attempt.keys() {
            self.store.refund(&key).await?;
        }
        Ok(())
    }

    /// The attempt proved the account's password: it never counted for the address, and
    /// the failures before it are forgiven.
    pub(crate) async fn forgive(&self, attempt: Attempt) -> Result<(), AuthError> {
        if let Some(key) = attempt.shared {
            self.store.refund(&key).await?;
        }
        if let Some(key) = attempt.own {
            self.store.clear(&key).await?;
        }
        Ok(())
    }

    /// What the failures of a device are counted under that has signed in to the account.
    fn known_device(&self, guess: &Guess<'_>, now: Timestamp) -> Option<String> {
        let (user, cookie) = (guess.user?, guess.device.presents.known_by.as_ref()?);
        let device = self.devices.recognise(cookie.reveal(), user, now)?;
        Some(format!("{}:device:{}:{device}", guess.of.as_str(), user.id))
    }

    /// Counts a hit that may be taken back. While the key is blocked by attempts whose
    /// outcome nobody knows yet, it waits for them: a right password under way is no
    /// failure, so nobody is refused because of it.
    async fn reserve(
        &self,
        key: &str,
        rule: &Rule,
        now: Timestamp,
    ) -> Result<Option<Blocked>, AuthError> {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut place = None;
        loop {
            let now = now + begun.elapsed();
            let blocked = self.store.count(key, rule, Outcome::Pending, now).await?;
            let Some(Blocked { may_open: true, .. }) = blocked else {
                return Ok(blocked);
            };
            if place.is_none() {
                place = self.waiting.try_acquire().ok();
            }
            if place.is_none() || begun.elapsed() >= LONGEST_WAIT {
                return Ok(blocked);
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::net::Ipv4Addr;
    use std::sync::{Arc, Mutex};

    use async_trait::async_trait;
    use futures_util::future::join_all;

    use super::*;
    use crate::error::StoreError;
    use crate::limit::{Count, DeviceCookies, LimitStore, Penalty, Rules};
    use crate::secret::Secret;
    use crate::user::tests::user;

    #[derive(Default)]
    struct Counts(Mutex<HashMap<String, Count>>);

    impl Counts {
        fn change(&self, key: &str, change: impl Fn(Count) -> Count) {
            if let Some(count) = self.0.lock().unwrap().get_mut(key) {
                *count = change(*count);
            }
        }
    }

    #[async_trait]
    impl LimitStore for Counts {
        async fn count(
            &self,
            key: &str,
            rule: &Rule,
            outcome: Outcome,
            now: Timestamp,
        ) -> Result<Option<Blocked>, StoreError> {
            let mut counts = self.0.lock().unwrap();
            let before = counts.get(key).copied();
            let blocked = before.and_then(|count| count.block(now));
            if blocked.is_none() {
                counts.insert(key.to_owned(), rule.after_hit(before, outcome, now));
            }
            Ok(blocked)
        }

        async fn settle(&self, key: &str) -> Result<(), StoreError> {
            self.change(key, Count::settled);
            Ok(())
        }

        async fn refund(&self, key: &str) -> Result<(), StoreError> {
            self.change(key, Count::refunded);
            Ok(())
        }

        async fn clear(&self, key: &str) -> Result<(), StoreError> {
            self.0.lock().unwrap().remove(key);
            Ok(())
        }

        async fn purge(&self, _: Timestamp) -> Result<u64, StoreError> {
            Ok(0)
        }
    }

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    /// The default rules, with a delay that no test outlives.
    fn limits() -> Limits {
        let mut rules = Rules::default();
        rules.sign_in_account.penalty = Penalty::Doubling {
            first: Duration::from_secs(900),
            max: Duration::from_secs(900),
        };
        let devices = DeviceCookies::new(Secret::generate());
        Limits::new(Arc::new(Counts::default()), Some(rules), devices)
    }

    fn device(last: u8) -> Device {
        Device::new("", Ipv4Addr::new(192, 0, 2, last).into())
    }

    /// A sign-in whose password takes a while to check; whether it was checked at all.
    async fn attempt(limits: &Limits, account: &str, device: &Device, is_right: bool) -> bool {
        let guess = Guess {
            of: GuessOf::Password,
            by: None,
            account,
            user: None,
            device,
        };
        let Ok(attempt) = limits.sign_in(guess, NOW).await else {
            return false;
        };
        sleep(Duration::from_millis(20)).await;
        match is_right {
            true => limits.forgive(attempt).await.unwrap(),
            false => limits.settle(attempt).await.unwrap(),
        }
        true
    }

    /// How many of `n` attempts at the same time were checked.
    async fn at_once(n: u8, one: impl AsyncFn(u8) -> bool) -> usize {
        let checked = join_all((0..n).map(async |i| one(i).await)).await;
        checked.into_iter().filter(|checked| *checked).count()
    }

    #[tokio::test]
    async fn right_passwords_from_one_address_all_pass() {
        let (limits, office) = (limits(), device(1));
        let all = async |n: u8| attempt(&limits, &n.to_string(), &office, true).await;
        assert_eq!(at_once(40, all).await, 40);
    }

    #[tokio::test]
    async fn right_passwords_of_one_account_all_pass() {
        let limits = limits();
        let all = async |n| attempt(&limits, "ada", &device(n), true).await;
        assert_eq!(at_once(40, all).await, 40);
    }

    #[tokio::test]
    async fn parallel_guesses_at_one_account_never_beat_the_rule() {
        let limits = limits();
        let all = async |n| attempt(&limits, "ada", &device(n), false).await;
        assert_eq!(at_once(50, all).await, 5);
    }

    #[tokio::test]
    async fn parallel_guesses_from_one_address_never_beat_the_rule() {
        let (limits, office) = (limits(), device(1));
        let all = async |n: u8| attempt(&limits, &n.to_string(), &office, false).await;
        assert_eq!(at_once(50, all).await, 20);
    }

    #[tokio::test]
    async fn a_known_device_has_its_own_share_and_then_a_strangers() {
        let limits = limits();
        let ada = user();
        let cookie = limits.devices().issue(&ada, NOW).value;
        let known = device(1).presenting(crate::session::Presents {
            known_by: Some(cookie),
            ..Default::default()
        });
        let passes = async |device: &Device| {
            let guess = Guess {
                of: GuessOf::Password,
                by: None,
                account: "ada",
                user: Some(&ada),
                device,
            };
            match limits.sign_in(guess, NOW).await {
                Ok(attempt) => limits.settle(attempt).await.is_ok(),
                Err(_) => false,
            }
        };
        for n in 0..10 {
            assert!(passes(&known).await, "guess {n} of the known device");
        }
        assert!(!passes(&known).await);
        assert!(!passes(&device(2)).await);
    }

    #[test]
    fn a_device_cookie_counts_for_its_account_credentials_and_time() {
        let devices = DeviceCookies::new(Secret::generate());
        let (ada, eve) = (user(), user());
        let cookie = devices.issue(&ada, NOW);
        let knows = |user, now| {
            devices
                .recognise(cookie.value.reveal(), user, now)
                .is_some()
        };
        assert!(knows(&ada, NOW));
        assert!(!knows(&eve, NOW));
        assert!(!knows(&ada, NOW + cookie.max_age));
        let renewed = User {
            credentials_version: ada.credentials_version + 1,
            ..ada.clone()
        };
        assert!(!knows(&renewed, NOW));
        let others = DeviceCookies::new(Secret::generate());
        assert!(
            others
                .recognise(cookie.value.reveal(), &renewed, NOW)
                .is_none()
        );
    }
}
