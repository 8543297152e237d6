//! The server under test.

mod arrivals;
mod people;

use std::any::Any;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use tokio::sync::OnceCell;
use url::{Host, Url};
use uuid::Uuid;

use crate::account::Person;
use crate::client::{Client, Format, Strategy, Transport};
use crate::mailbox::{Inbox, Mailbox};
use crate::need::Need;
use crate::provider::Providers;

/// How long things last on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// A session ends when unused for this long.
    pub session_idle: Duration,
    /// A session ends then, however much it is used.
    pub session_absolute: Duration,
    /// An access token is valid for this long.
    pub access: Duration,
    /// A spent refresh token still gives the same successor for this long.
    pub reuse_window: Duration,
    /// A confirmation link works for this long.
    pub verify: Duration,
    /// A reset link works for this long.
    pub reset: Duration,
    /// A sign-in counts as fresh for this long.
    pub reauth: Duration,
    /// A person may take so long at a provider.
    pub flow: Duration,
    /// The code that a sign-in through a provider hands over works for this long.
    pub code: Duration,
    /// A sign-in waits for its second step for this long.
    pub step: Duration,
}

impl Lifetimes {
    /// What the contract says when no setting says otherwise.
    pub const DEFAULT: Self = Self {
        session_idle: Duration::from_secs(30 * 60),
        session_absolute: Duration::from_secs(12 * 3600),
        access: Duration::from_secs(5 * 60),
        reuse_window: Duration::from_secs(10),
        verify: Duration::from_secs(24 * 3600),
        reset: Duration::from_secs(30 * 60),
        reauth: Duration::from_secs(5 * 60),
        flow: Duration::from_secs(10 * 60),
        code: Duration::from_secs(60),
        step: Duration::from_secs(10 * 60),
    };

    /// Short enough to see things end, long enough to use them before.
    pub const SHORT: Self = Self {
        session_idle: Duration::from_secs(6),
        session_absolute: Duration::from_secs(15),
        access: Duration::from_secs(2),
        reuse_window: Duration::from_secs(1),
        verify: Duration::from_secs(4),
        reset: Duration::from_secs(4),
        reauth: Duration::from_secs(3),
        flow: Duration::from_secs(4),
        code: Duration::from_secs(2),
        step: Duration::from_secs(4),
    };

    /// The flags and values that start a server with these lifetimes.
    pub fn settings(&self) -> [(&'static str, String); 10] {
        [
            ("--session-idle", self.session_idle),
            ("--session-absolute", self.session_absolute),
            ("--access-ttl", self.access),
            ("--refresh-reuse-window", self.reuse_window),
            ("--verify-lifetime", self.verify),
            ("--reset-lifetime", self.reset),
            ("--reauth-within", self.reauth),
            ("--oauth-flow-lifetime", self.flow),
            ("--oauth-code-lifetime", self.code),
            ("--step-lifetime", self.step),
        ]
        .map(|(flag, time)| (flag, format!("{}ms", time.as_millis())))
    }

    /// Whether a case can wait for the end of all of them.
    fn are_short(&self) -> bool {
        let all = [
            self.session_idle,
            self.session_absolute,
            self.access,
            self.reuse_window,
            self.verify,
            self.reset,
            self.reauth,
            self.flow,
            self.code,
            self.step,
        ];
        all.iter().all(|time| *time <= Duration::from_secs(15))
    }
}

/// A person with an account, on a device that is signed in.
#[derive(Debug)]
pub struct Account {
    /// Who it is.
    pub person: Person,
    /// The device.
    pub client: Client,
    /// The account's id.
    pub id: String,
    /// The id of the device's session.
    pub session: String,
}

/// Does to accounts what no route of the contract does.
#[async_trait]
pub trait Operator: Send + Sync {
    /// Disables the account with this username.
    async fn disable(&self, username: &str) -> Result<()>;

    /// Lets the account with this username sign in again.
    async fn enable(&self, username: &str) -> Result<()>;
}

/// A server, and what it was started with.
pub struct Target {
    /// Its name, for messages.
    pub name: String,
    /// Where it is reached, base path included.
    pub base_url: Url,
    /// The origin it believes to be its own: that of its public URL.
    pub origin: String,
    /// Where its mail can be read.
    pub mailbox: Arc<dyn Mailbox>,
    /// Another process on the same store, base path included.
    pub second: Option<Url>,
    /// A foreign origin that it trusts.
    pub trusted_origin: Option<String>,
    /// How long things last.
    pub lifetimes: Lifetimes,
    /// Whether its limits are on, as the contract numbers them.
    pub limits: bool,
    /// Somebody who may disable accounts.
    pub operator: Option<Arc<dyn Operator>>,
    /// The providers it is set up with, when they are the suite's.
    pub providers: Option<Arc<Providers>>,
    /// Whether people come through the first of them, rather than with a form and a
    /// password.
    pub federated: bool,
    /// What must live as long as the target, such as the server's process.
    pub keep: Option<Box<dyn Any + Send + Sync>>,
    first: OnceCell<Client>,
}

impl Target {
    /// A server with the contract's defaults.
    pub fn new(name: &str, base_url: Url, mailbox: Arc<dyn Mailbox>) -> Self {
        Self {
            name: name.to_owned(),
            origin: base_url.origin().ascii_serialization(),
            base_url,
            mailbox,
            second: None,
            trusted_origin: None,
            lifetimes: Lifetimes::DEFAULT,
            limits: true,
            operator: None,
            providers: None,
            federated: false,
            keep: None,
            first: OnceCell::new(),
        }
    }

    /// What the server says it is.
    ///
    /// # Errors
    /// When it can't be reached.
    pub async fn strategy(&self) -> Result<&Strategy> {
        Ok(self.first().await?.strategy())
    }

    /// A device that nobody has used yet, calling from an address of its own where that
    /// is possible: limits by address then concern this device alone.
    ///
    /// # Errors
    /// When the server can't be reached.
    pub async fn client(&self) -> Result<Client> {
        self.first().await?.elsewhere(self.fresh_address())
    }

    /// Several such devices.
    ///
    /// # Errors
    /// See [`client`](Self::client).
    pub async fn clients(&self, n: usize) -> Result<Vec<Client>> {
        let first = self.first().await?;
        (0..n)
            .map(|_| first.elsewhere(self.fresh_address()))
            .collect()
    }

    /// The mail to an address from now on.
    ///
    /// # Errors
    /// When the mailbox can't be read.
    pub async fn inbox(&self, email: &str) -> Result<Inbox<'_>> {
        Inbox::open(&*self.mailbox, email).await
    }

    /// The second node.
    ///
    /// # Errors
    /// When there is none; a case that asks for it says so in its needs.
    pub fn second_node(&self) -> Result<&Url> {
        self.second.as_ref().context("there is no second node")
    }

    /// The trusted origin.
    ///
    /// # Errors
    /// When there is none; a case that asks for it says so in its needs.
    pub fn trusted(&self) -> Result<&str> {
        self.trusted_origin
            .as_deref()
            .context("no origin is trusted")
    }

    /// Whether browsers reach the server over TLS.
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// The name of the `session`, `refresh` or `flow` cookie.
    pub fn cookie_name(&self, what: &str) -> String {
        match self.origin.rsplit_once(':') {
            _ if self.is_https() => format!("__Host-{what}"),
            Some((_, port)) if port.parse::<u16>().is_ok() => format!("{what}-{port}"),
            _ => format!("{what}-80"),
        }
    }

    /// The path under which the contract's routes hang.
    pub fn base_path(&self) -> &str {
        self.base_url.path().trim_end_matches('/')
    }

    /// Everything a case may need that this target has.
    ///
    /// # Errors
    /// When the server can't be reached.
    pub async fn offers(&self) -> Result<Vec<Need>> {
        let strategy = self.strategy().await?;
        let format = match strategy.format {
            Format::Opaque => Need::Opaque,
            Format::Jwt => Need::Jwt,
        };
        let transport = match strategy.transport {
            Transport::Cookie => Need::Cookie,
            Transport::Bearer => Need::Bearer,
        };
        let verification = match strategy.verification_required() {
            true => Need::VerificationRequired,
            false => Need::VerificationOptional,
        };
        let optional = [
            (Need::AtOnce, strategy.guarantees.revokes_at_once()),
            (Need::NoProviders, strategy.providers.is_empty()),
            (Need::Providers, self.providers.is_some()),
            (Need::Limits, self.limits && self.has_addresses()),
            (Need::SecondNode, self.second.is_some()),
            (Need::TrustedOrigin, self.trusted_origin.is_some()),
            (Need::Operator, self.operator.is_some()),
            (Need::MailCodes, has_mail_codes(strategy)),
            (Need::Addresses, self.has_addresses()),
            (Need::ShortLifetimes, self.lifetimes.are_short()),
        ];
        let there = optional.into_iter().filter(|(_, there)| *there);
        Ok([format, transport, verification]
            .into_iter()
            .chain(there.map(|(need, _)| need))
            .collect())
    }

    async fn first(&self) -> Result<&Client> {
        let connect = || Client::connect(&self.base_url, self.fresh_address());
        self.first.get_or_try_init(connect).await
    }

    /// Whether clients can call from addresses of their choice: all of 127.0.0.0/8 is this
    /// machine.
    fn has_addresses(&self) -> bool {
        match self.base_url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            _ => false,
        }
    }

    fn fresh_address(&self) -> Option<IpAddr> {
        self.has_addresses().then(random_loopback)
    }
}

fn random_loopback() -> IpAddr {
    let [.., b, c, d] = Uuid::now_v7().into_bytes();
    Ipv4Addr::new(127, b.max(1), c, d.clamp(1, 254)).into()
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Target({} at {})", self.name, self.base_url)
    }
}

/// Whether a mailed code signs in.
fn has_mail_codes(strategy: &Strategy) -> bool {
    let factors = strategy.factors.as_ref();
    factors.is_some_and(|it| it.passwordless.iter().any(|one| one == "mail_code"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::MailDir;

    fn target(url: &str) -> Target {
        Target::new(
            "test",
            url.parse().unwrap(),
            Arc::new(MailDir::new("/nowhere")),
        )
    }

    #[test]
    fn only_this_machine_has_addresses_to_choose_from() {
        assert!(target("http://127.0.0.1:4001/api/auth").has_addresses());
        assert!(target("http://localhost:4001/api/auth").has_addresses());
        assert!(!target("http://[::1]:4001/api/auth").has_addresses());
        assert!(!target("https://auth.example.org/api/auth").has_addresses());
        assert!(
            target("http://127.0.0.1:1")
                .fresh_address()
                .unwrap()
                .is_loopback()
        );
    }

    #[test]
    fn the_origin_and_base_path_come_from_the_url() {
        let target = target("http://127.0.0.1:4001/api/auth/");
        assert_eq!(target.origin, "http://127.0.0.1:4001");
        assert_eq!(target.base_path(), "/api/auth");
    }

    #[test]
    fn short_is_short_and_the_default_is_not() {
        assert!(Lifetimes::SHORT.are_short());
        assert!(!Lifetimes::DEFAULT.are_short());
    }
}
