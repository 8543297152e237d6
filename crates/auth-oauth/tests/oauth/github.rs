//! GitHub.

use auth_core::SecretText;
use auth_core::identity::{Answer, IdentityProvider as _};
use auth_dev_provider::{Client, Config, Endpoint, Misbehaviour, Spawned, spawn};
use auth_oauth::{ConfigError, GithubConfig, GithubProvider};

use crate::browser::{
    AMARA, CALLBACK, CLIENT, CLIENT_SECRET, Proof, answer, assert_rejected, assert_unavailable,
    challenge, patient,
};
use crate::server::{http, serve};

struct Github {
    site: Spawned,
    provider: GithubProvider,
}

fn config(base: &str, secret: &str) -> GithubConfig {
    GithubConfig {
        web_base: base.to_owned(),
        api_base: base.to_owned(),
        ..GithubConfig::github(CLIENT, SecretText::new(secret), CALLBACK)
    }
}

fn github(secret: &str) -> Github {
    let site = spawn(|issuer| Config {
        clients: vec![Client::confidential(CLIENT, CLIENT_SECRET, [CALLBACK])],
        ..Config::new(issuer)
    })
    .unwrap();
    let provider = GithubProvider::new(config(site.issuer(), secret), patient()).unwrap();
    Github { site, provider }
}

impl Github {
    async fn arrive(&self, decision: &[(&str, &str)]) -> Proof {
        let challenge = challenge();
        let answer = answer(&self.provider, &challenge, decision).await;
        self.provider.identify(&answer, &challenge).await
    }

    async fn misbehaving(&self, so: Misbehaviour) -> Proof {
        self.arrive(&[AMARA, ("misbehave", so.as_str())]).await
    }
}

#[tokio::test]
async fn an_account_is_known_by_its_number() {
    let github = github(CLIENT_SECRET);
    let amara = github.arrive(&[AMARA]).await.unwrap();
    assert_eq!(amara.subject.issuer, github.site.issuer());
    assert!(
        amara.subject.name.parse::<u64>().is_ok(),
        "{:?}",
        amara.subject
    );
    assert_eq!(amara.email.unwrap().as_str(), "amara@example.com");
    assert!(amara.email_verified);
    assert_eq!(amara.full_name.as_deref(), Some("Amara Okafor"));
    assert_eq!(amara.preferred_username.as_deref(), Some("amara"));
    assert_eq!(amara.auth_time, None);
}

#[tokio::test]
async fn only_the_primary_address_counts_and_only_if_verified() {
    let github = github(CLIENT_SECRET);
    let unverified = github
        .misbehaving(Misbehaviour::UnverifiedEmail)
        .await
        .unwrap();
    assert_eq!(unverified.email.unwrap().as_str(), "amara@example.com");
    assert!(!unverified.email_verified);
    let none = github.misbehaving(Misbehaviour::NoEmail).await.unwrap();
    assert!(none.email.is_none() && !none.email_verified);
}

#[tokio::test]
async fn an_error_with_status_200_is_an_error() {
    let proof = github("a-guess").arrive(&[AMARA]).await;
    assert_rejected(proof, "error incorrect_client_credentials; check client_id");
    let github = github(CLIENT_SECRET);
    let answer = Answer {
        code: SecretText::new("made-up"),
        issuer: None,
        user: None,
    };
    let proof = github.provider.identify(&answer, &challenge()).await;
    assert_rejected(proof, "error bad_verification_code");
}

#[tokio::test]
async fn a_code_needs_the_verifier_of_its_challenge() {
    let github = github(CLIENT_SECRET);
    let answer = answer(&github.provider, &challenge(), &[AMARA]).await;
    let proof = github.provider.identify(&answer, &challenge()).await;
    assert_rejected(proof, "error bad_verification_code");
}

#[tokio::test]
async fn a_callback_that_names_an_issuer_names_githubs() {
    let github = github(CLIENT_SECRET);
    let own = format!("{}/login/oauth", github.site.issuer());
    for (issuer, good) in [(own.as_str(), true), (github.site.issuer(), false)] {
        let challenge = challenge();
        let mut answer = answer(&github.provider, &challenge, &[AMARA]).await;
        answer.issuer = Some(issuer.to_owned());
        let proof = github.provider.identify(&answer, &challenge).await;
        if good {
            proof.unwrap();
        } else {
            assert_rejected(proof, "the callback comes from another issuer");
        }
    }
    assert_eq!(github.site.requests(Endpoint::Token), 1);
}

#[tokio::test]
async fn faults_of_github_are_told_apart() {
    let github = github(CLIENT_SECRET);
    let failing = github.misbehaving(Misbehaviour::FailingToken).await;
    assert_unavailable(failing, "status 500");
    let failing = github.misbehaving(Misbehaviour::UserinfoFails).await;
    assert_unavailable(failing, "status 500");
    let page = github.misbehaving(Misbehaviour::TokenNotJson).await;
    assert_rejected(page, "status 200 with `text/html; charset=utf-8`");
    let redirect = github.misbehaving(Misbehaviour::RedirectingToken).await;
    assert_rejected(
        redirect,
        "status 302 with a redirect, which is not followed",
    );
}

#[tokio::test]
async fn the_api_is_asked_by_its_version_with_the_token_in_the_header() {
    let server = serve(|request| {
        let body = match request.split(' ').nth(1) {
            Some("/user") => r#"{"id": 7, "login": "octo", "name": null}"#,
            Some(path) if path.starts_with("/user/emails?") => "[]",
            _ => r#"{"access_token": "the-access-token", "token_type": "bearer"}"#,
        };
        http("200 OK", "application/json", body)
    })
    .await;
    let provider = GithubProvider::new(config(&server.base, CLIENT_SECRET), patient()).unwrap();
    let answer = Answer {
        code: SecretText::new("the-code"),
        issuer: None,
        user: None,
    };
    let octo = provider.identify(&answer, &challenge()).await.unwrap();
    assert_eq!((octo.subject.name.as_str(), octo.email), ("7", None));
    let seen = server.seen.lock().unwrap();
    for request in seen.iter().filter(|request| request.starts_with("GET")) {
        assert!(
            request.contains("authorization: Bearer the-access-token"),
            "{request}"
        );
        assert!(
            request.contains("x-github-api-version: 2022-11-28"),
            "{request}"
        );
        assert!(
            request.contains("accept: application/vnd.github+json"),
            "{request}"
        );
    }
}

#[test]
fn the_addresses_of_github_are_https() {
    let with = |base: &str| GithubProvider::new(config(base, "x"), patient()).err();
    assert_eq!(with("https://github.example"), None);
    let bad = "http://github.example";
    assert_eq!(with(bad), Some(ConfigError::Address));
}

/// A site with this many addresses, of which the last one is the primary one.
async fn with_addresses(count: usize, status: &'static str) -> Proof {
    let server = serve(move |request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        let Some((_, query)) = path.split_once("/user/emails?") else {
            let body = match path {
                "/user" => r#"{"id": 7, "login": "octo"}"#,
                _ => r#"{"access_token": "t", "token_type": "bearer", "scope": ""}"#,
            };
            return http("200 OK", "application/json", body);
        };
        let number = |name: &str| {
            let pairs = url::form_urlencoded::parse(query.as_bytes());
            let found = pairs.into_iter().find(|(key, _)| key == name).unwrap();
            found.1.parse::<usize>().unwrap()
        };
        let (per_page, page) = (number("per_page"), number("page"));
        let address = |n: usize| {
            let primary = n + 1 == count;
            serde_json::json!({"email": format!("a{n}@example.com"), "primary": primary, "verified": true})
        };
        let numbers = ((page - 1) * per_page..count).take(per_page);
        let body = serde_json::Value::from_iter(numbers.map(address)).to_string();
        let link = match page * per_page < count {
            true => "application/json\r\nlink: <https://elsewhere.example>; rel=\"next\"",
            false => "application/json",
        };
        http(status, link, &body)
    })
    .await;
    let provider = GithubProvider::new(config(&server.base, CLIENT_SECRET), patient()).unwrap();
    let answer = Answer {
        code: SecretText::new("the-code"),
        issuer: None,
        user: None,
    };
    provider.identify(&answer, &challenge()).await
}

#[tokio::test]
async fn the_primary_address_is_found_on_any_page() {
    for count in [1, 40, 101, 250] {
        let octo = with_addresses(count, "200 OK").await.unwrap();
        let last = format!("a{}@example.com", count - 1);
        assert_eq!(octo.email.unwrap().as_str(), last);
        assert!(octo.email_verified);
    }
}

#[tokio::test]
async fn a_github_app_without_the_permission_knows_people_at_least() {
    for status in ["403 Forbidden", "404 Not Found"] {
        let octo = with_addresses(1, status).await.unwrap();
        assert!(octo.email.is_none() && !octo.email_verified);
        assert!(octo.doubt.unwrap().contains("Email addresses: read-only"));
    }
}
