//! A virtual user: an account, a connection, and whatever keeps it signed in.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::address::Address;
use super::connection::{Answer, Connection, Failure};
use super::tally::Outcome;
use super::workload::Kind;

/// The share of its lifetime for which clients use an access token.
const FRESH: f64 = 0.9;

/// Who signs in.
#[derive(Clone)]
pub struct Account {
    /// The username.
    pub name: String,
    /// The password.
    pub password: Arc<str>,
}

/// A virtual user, bound to one node, with a connection, a cookie jar and tokens of its own.
pub struct Person {
    address: Address,
    connection: Connection,
    login: Vec<u8>,
    jar: Vec<(String, String)>,
    access: Option<String>,
    refresh: Option<String>,
    /// When clients get themselves a new access token, before the old one expires.
    stale_at: Option<Instant>,
    ready: Option<Ready>,
}

/// The requests of a signed-in user, made once for each credential.
struct Ready {
    profile: Vec<u8>,
    logout: Vec<u8>,
    refresh: Vec<u8>,
}

impl Person {
    /// Somebody who is not signed in.
    pub fn new(address: &Address, account: &Account) -> Self {
        let form = json!({"identifier": account.name, "password": &*account.password});
        Self {
            connection: Connection::to(address.socket),
            // Without a credential, so that it stands for a sign-in on a new device.
            login: address.request("POST", "/login", "", &form.to_string()),
            address: address.clone(),
            jar: vec![],
            access: None,
            refresh: None,
            stale_at: None,
            ready: None,
        }
    }

    /// Somebody who needs no credential, for servers that ask for none.
    pub fn anonymous(address: &Address) -> Self {
        let nobody = Account {
            name: String::new(),
            password: "".into(),
        };
        let mut person = Self::new(address, &nobody);
        person.ready = Some(Ready::with(address, "", None));
        person
    }

    /// Whether requests can be sent that need to be signed in.
    pub fn is_signed_in(&self) -> bool {
        self.ready.is_some()
    }

    /// The line of the header that signs requests in.
    pub fn credential(&self) -> Option<String> {
        if let Some(token) = &self.access {
            return Some(format!("Authorization: Bearer {token}"));
        }
        let pairs = self
            .jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let pairs: Vec<_> = pairs.collect();
        (!pairs.is_empty()).then(|| format!("Cookie: {}", pairs.join("; ")))
    }

    /// Sends a request of this kind. Without a credential only a sign-in is possible:
    /// everything else is one then. With an access token that is about to expire a read is a
    /// refresh.
    pub async fn act(&mut self, kind: Kind) -> Outcome {
        let is_stale = self.stale_at.is_some_and(|stale| Instant::now() >= stale);
        let kind = match kind {
            Kind::Profile if is_stale => Kind::Refresh,
            kind => kind,
        };
        let (kind, request) = match (&self.ready, kind) {
            (None, _) | (_, Kind::Login) => (Kind::Login, &self.login),
            (Some(ready), Kind::Profile) => (kind, &ready.profile),
            (Some(ready), Kind::Logout) => (kind, &ready.logout),
            (Some(ready), Kind::Refresh) => (kind, &ready.refresh),
        };
        let sent = request.len();
        let answer = match self.connection.exchange(request).await {
            Ok(answer) => answer,
            Err(failure) => return Outcome::failed(kind, sent, failure),
        };
        let (status, received) = (answer.status(), answer.length());
        let news = News::of(kind, &answer);
        self.take(news);
        Outcome {
            kind,
            sent,
            received,
            failure: (status != 200).then(|| format!("status {status}")),
            timed_out: false,
            stalled: false,
        }
    }

    /// Signs in, whatever there was before.
    ///
    /// # Errors
    /// What came in the way.
    pub async fn sign_in(&mut self) -> anyhow::Result<()> {
        let outcome = self.act(Kind::Login).await;
        match outcome.failure {
            None if self.is_signed_in() => Ok(()),
            None => anyhow::bail!("a sign-in gave no credential"),
            Some(failure) => anyhow::bail!("a sign-in failed: {failure}"),
        }
    }

    fn take(&mut self, news: News) {
        match news {
            News::None => {}
            News::SignedOut => {
                self.jar.clear();
                (self.access, self.refresh, self.ready) = (None, None, None);
                self.stale_at = None;
            }
            News::Cookies(cookies) => {
                self.put(cookies);
                self.prepare();
            }
            News::Grant {
                access,
                refresh,
                expires_in,
                cookies,
            } => {
                self.put(cookies);
                (self.access, self.refresh) = (access, refresh);
                self.stale_at = expires_in.map(|time| Instant::now() + time.mul_f64(FRESH));
                self.prepare();
            }
        }
    }

    fn put(&mut self, cookies: Vec<(String, String)>) {
        for (name, value) in cookies {
            self.jar.retain(|(known, _)| *known != name);
            self.jar.push((name, value));
        }
    }

    fn prepare(&mut self) {
        let credential = self.credential();
        let ready =
            |credential: String| Ready::with(&self.address, &credential, self.refresh.as_deref());
        self.ready = credential.map(ready);
    }
}

impl Ready {
    fn with(address: &Address, credential: &str, refresh: Option<&str>) -> Self {
        let request = |method, path| address.request(method, path, credential, "");
        Self {
            profile: request("GET", "/profile"),
            logout: request("POST", "/logout"),
            refresh: match refresh {
                None => request("POST", "/refresh"),
                Some(token) => {
                    let form = json!({"refresh_token": token}).to_string();
                    // That token is the credential here; the access token may have expired.
                    address.request("POST", "/refresh", "", &form)
                }
            },
        }
    }
}

/// What an answer changes about a user.
enum News {
    None,
    SignedOut,
    Cookies(Vec<(String, String)>),
    Grant {
        access: Option<String>,
        refresh: Option<String>,
        expires_in: Option<Duration>,
        cookies: Vec<(String, String)>,
    },
}

impl News {
    fn of(kind: Kind, answer: &Answer<'_>) -> Self {
        match (kind, answer.status()) {
            (Kind::Login | Kind::Refresh, 200) => {
                let grant: Value = serde_json::from_slice(&answer.body()).unwrap_or_default();
                let text = |name: &str| grant[name].as_str().map(str::to_owned);
                Self::Grant {
                    access: text("access_token"),
                    refresh: text("refresh_token"),
                    expires_in: grant["expires_in"].as_u64().map(Duration::from_secs),
                    cookies: answer.cookies(),
                }
            }
            (Kind::Logout, 200) | (Kind::Profile | Kind::Logout | Kind::Refresh, 401) => {
                Self::SignedOut
            }
            _ => match answer.cookies() {
                cookies if cookies.is_empty() => Self::None,
                cookies => Self::Cookies(cookies),
            },
        }
    }
}

impl Outcome {
    fn failed(kind: Kind, sent: usize, failure: Failure) -> Self {
        Self {
            kind,
            sent,
            received: 0,
            failure: Some(failure.to_string()),
            timed_out: failure == Failure::Timeout,
            stalled: matches!(failure, Failure::Unreachable | Failure::Broken),
        }
    }
}
