//! A provider, a client of it, and a browser between the two.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use auth_core::SecretText;
use auth_core::identity::{Answer, Challenge};
use auth_core::secret::Secret;
use auth_core::{Clock, IdentityProvider, ProvenIdentity, ProviderError, SystemClock, Timestamp};
use auth_dev_provider::{Client, Config, Endpoint, Misbehaviour, Spawned, spawn};
use auth_oauth::{OidcConfig, OidcProvider, Outbound, OutboundConfig};
use url::{Url, form_urlencoded};

pub const CLIENT: &str = "the-client";
pub const CLIENT_SECRET: &str = "the-client-secret";
pub const CALLBACK: &str = "http://127.0.0.1:4003/callback";
pub const AMARA: (&str, &str) = ("person", "sample-amara");

pub type Proof = Result<ProvenIdentity, ProviderError>;

/// The system's time, moved on at will.
#[derive(Default)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_millis() as i64, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().as_millis() + self.0.load(Ordering::SeqCst))
    }
}

pub struct Party {
    pub provider: Spawned,
    pub oidc: OidcProvider,
    pub clock: Arc<TestClock>,
}

pub fn outbound(timeout: Duration) -> Outbound {
    let config = OutboundConfig {
        timeout,
        allow_loopback_http: true,
    };
    Outbound::new(config).unwrap()
}

pub fn patient() -> Outbound {
    outbound(Duration::from_secs(20))
}

pub fn config(issuer: &str) -> OidcConfig {
    let id = "test".parse().unwrap();
    let secret = SecretText::new(CLIENT_SECRET);
    OidcConfig::new(id, "Test", issuer, CLIENT, secret, CALLBACK)
}

pub fn party() -> Party {
    party_with(patient(), |_| {}, |_| {})
}

pub fn party_with(
    outbound: Outbound,
    provider: impl FnOnce(&mut Config),
    client: impl FnOnce(&mut OidcConfig),
) -> Party {
    let provider = spawn(|issuer| {
        let mut config = Config {
            clients: vec![Client::confidential(CLIENT, CLIENT_SECRET, [CALLBACK])],
            ..Config::new(issuer)
        };
        provider(&mut config);
        config
    })
    .unwrap();
    let mut config = config(provider.issuer());
    client(&mut config);
    let clock = Arc::new(TestClock::default());
    let oidc = OidcProvider::new(config, outbound, clock.clone()).unwrap();
    Party {
        provider,
        oidc,
        clock,
    }
}

pub fn challenge() -> Challenge {
    let secret = || SecretText::new(Secret::generate().reveal());
    Challenge {
        state: secret(),
        nonce: secret(),
        pkce_verifier: secret(),
        authenticated_since: None,
    }
}

impl Party {
    pub async fn sign_in(&self) -> Proof {
        self.arrive(&challenge(), &[AMARA]).await
    }

    pub async fn misbehaving(&self, so: Misbehaviour) -> Proof {
        let decision = [AMARA, ("misbehave", so.as_str())];
        self.arrive(&challenge(), &decision).await
    }

    pub async fn arrive(&self, challenge: &Challenge, decision: &[(&str, &str)]) -> Proof {
        let answer = answer(&self.oidc, challenge, decision).await;
        self.oidc.identify(&answer, challenge).await
    }

    pub fn requests(&self, endpoint: Endpoint) -> u64 {
        self.provider.requests(endpoint)
    }
}

/// What comes back through the browser after this decision.
pub async fn answer(
    to: &dyn IdentityProvider,
    challenge: &Challenge,
    decision: &[(&str, &str)],
) -> Answer {
    let url = to.authorization_url(challenge).await.unwrap();
    let back = decide(Url::parse(&url).unwrap(), decision).await;
    let parameter = |name| query(&back, name);
    assert_eq!(
        parameter("state").as_deref(),
        Some(challenge.state.reveal())
    );
    Answer {
        code: SecretText::new(parameter("code").unwrap()),
        issuer: parameter("iss"),
        user: None,
    }
}

/// Decides as the person at the provider's page; gives where the browser is sent.
async fn decide(mut page: Url, decision: &[(&str, &str)]) -> Url {
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(page.query_pairs())
        .extend_pairs(decision)
        .finish();
    page.set_query(None);
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let response = browser
        .post(page)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 303);
    Url::parse(response.headers()["location"].to_str().unwrap()).unwrap()
}

pub fn query(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

#[track_caller]
pub fn assert_rejected<T: std::fmt::Debug>(result: Result<T, ProviderError>, why: &str) {
    match result {
        Err(ProviderError::Rejected(cause)) => {
            assert!(cause.to_string().contains(why), "{cause} says not {why}");
        }
        other => panic!("not rejected: {other:?}"),
    }
}

#[track_caller]
pub fn assert_unavailable<T: std::fmt::Debug>(result: Result<T, ProviderError>, why: &str) {
    match result {
        Err(ProviderError::Unavailable(cause)) => {
            assert!(cause.to_string().contains(why), "{cause} says not {why}");
        }
        other => panic!("not unavailable: {other:?}"),
    }
}
