//! The client at a server that counts and dawdles.
#![cfg(test)]

mod stub;

use std::time::Duration;

use auth_client::{Client, Code, Error, Login, SignIn};
use stub::{Answer, Stub};

fn grant(token: &str, expires_in: u64) -> String {
    format!(
        r#"{{"user": {{"id": "019a8f0e-5b5c-7c3a-9d53-0f0a3c1b2d4e", "first_name": "Ada",
        "last_name": "Lovelace", "username": "ada", "email": "ada@example.org",
        "email_verified": true, "has_password": true, "created_at": "2026-01-02T03:04:05Z"}},
        "session": {{"id": "019a8f0e-5b5c-7c3a-9d53-0f0a3c1b2d4e",
        "created_at": "2026-01-02T03:04:05Z", "last_seen_at": "2026-01-02T03:04:05Z",
        "expires_at": "2026-01-03T03:04:05Z", "user_agent": "test", "ip": "127.0.0.1",
        "current": true}}, "token_type": "Bearer", "expires_in": {expires_in},
        "access_token": "{token}", "refresh_token": "refresh-{token}"}}"#
    )
}

const UNAUTHENTICATED: &str = r#"{"type": "urn:auth:problem:unauthenticated",
    "title": "Not signed in", "status": 401, "code": "unauthenticated",
    "detail": "Not signed in.", "request_id": "r"}"#;

/// A server whose first token is refused everywhere, and which refreshes to a second one.
fn forgetful(path: &str, authorization: Option<&str>) -> Answer {
    match (path, authorization) {
        ("/api/auth/login", _) => Answer::ok(&grant("one", 300)),
        ("/api/auth/refresh", _) => Answer::ok(&grant("two", 300)).after(Duration::from_millis(50)),
        (_, Some("Bearer two")) => Answer::ok(r#"{"sessions": []}"#),
        _ => Answer::refusal(401, UNAUTHENTICATED),
    }
}

async fn signed_in(stub: &Stub) -> Client {
    let client = Client::connect(&stub.base()).await.unwrap();
    let login = client.login(&Login::new("ada", "a password")).await;
    login.unwrap().done().unwrap();
    client
}

#[tokio::test]
async fn any_number_of_calls_share_one_refresh() {
    let stub = Stub::start(forgetful).await;
    let client = signed_in(&stub).await;
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.sessions().await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), []);
    }
    assert_eq!(stub.count("/api/auth/refresh"), 1);
}

#[tokio::test]
async fn a_call_to_ones_own_api_is_sent_again_with_the_new_token() {
    let stub = Stub::start(forgetful).await;
    let client = signed_in(&stub).await;
    let notes = client.http().get(format!("{}/notes", stub.origin()));
    assert_eq!(client.send(notes).await.unwrap().status(), 200);
    assert_eq!(stub.count("/notes"), 2);
}

#[tokio::test]
async fn a_credential_is_renewed_before_its_time_is_up() {
    let stub = Stub::start(|path, authorization| match (path, authorization) {
        ("/api/auth/login", _) => Answer::ok(&grant("one", 0)),
        other => forgetful(other.0, other.1),
    });
    let stub = stub.await;
    let client = signed_in(&stub).await;
    client.sessions().await.unwrap();
    assert_eq!(stub.count("/api/auth/sessions"), 1);
    assert_eq!(stub.count("/api/auth/refresh"), 1);
}

#[tokio::test]
async fn a_session_that_has_ended_is_told_and_forgotten() {
    let stub = Stub::start(|path, _| match path {
        "/api/auth/login" => Answer::ok(&grant("one", 300)),
        _ => Answer::refusal(401, UNAUTHENTICATED),
    });
    let stub = stub.await;
    let client = signed_in(&stub).await;
    let problem = client.sessions().await.unwrap_err();
    assert_eq!(problem.problem().unwrap().code, Code::Unauthenticated);
    assert!(!client.is_signed_in());
    client.sessions().await.unwrap_err();
    assert_eq!(stub.count("/api/auth/refresh"), 1);
}

#[tokio::test]
async fn a_refresh_that_fails_for_now_keeps_the_session() {
    let stub = Stub::start(|path, _| match path {
        "/api/auth/login" => Answer::ok(&grant("one", 300)),
        "/api/auth/refresh" => Answer::refusal(502, "<html>a proxy"),
        _ => Answer::refusal(401, UNAUTHENTICATED),
    });
    let stub = stub.await;
    let client = signed_in(&stub).await;
    let error = client.sessions().await.unwrap_err();
    assert!(
        matches!(error, Error::Unexpected { status: 502, .. }),
        "{error}"
    );
    assert!(client.is_signed_in());
}

#[tokio::test]
async fn a_token_goes_nowhere_in_the_clear() {
    let stub = Stub::start(forgetful).await;
    let client = signed_in(&stub).await;
    let notes = client.http().get("http://notes.example.org/?secret=1");
    let error = client.send(notes).await.unwrap_err();
    assert!(
        matches!(&error, Error::Misplaced(url) if url.query().is_none()),
        "{error}"
    );
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let stub = Stub::start(forgetful).await;
    let client = Client::connect(&stub.base()).await.unwrap();
    let login = Login::new("ada", "a s3cret password");
    let grant = client.login(&login).await.unwrap();
    let shown = format!("{client:?} {login:?} {grant:?} {:?}", client.credential());
    for secret in ["s3cret", "\"one\"", "refresh-one"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn when_to_try_again_is_read_from_the_header() {
    let problem = UNAUTHENTICATED.replace("unauthenticated", "too_many_attempts");
    let problem = problem.replace("401", "429");
    let stub = Stub::start(move |_, _| Answer::refusal(429, &problem).header("retry-after: 7"));
    let stub = stub.await;
    let client = Client::connect(&stub.base()).await.unwrap();
    let error = client.login(&Login::new("ada", "x")).await.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(problem.code, Code::TooManyAttempts);
    assert_eq!(problem.retry_after, Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn what_does_not_speak_the_contract_is_no_server() {
    let error = Client::connect("not a url").await.unwrap_err();
    assert!(matches!(error, Error::BaseUrl(_)), "{error}");
    let stub = Stub::start(|_, _| Answer::ok("<html>a page")).await;
    let error = Client::connect(&stub.origin()).await.unwrap_err();
    assert!(
        matches!(error, Error::Unexpected { status: 200, .. }),
        "{error}"
    );
    assert_eq!(stub.count("/strategy"), 1);
}

#[tokio::test]
async fn a_sign_in_may_need_one_more_step() {
    let stub = Stub::start(|_, _| {
        Answer::ok(r#"{"pending": {"id": "once", "methods": ["code"], "expires_in": 300}}"#)
    });
    let stub = stub.await;
    let client = Client::connect(&stub.base()).await.unwrap();
    let login = client.login(&Login::new("ada", "a password")).await;
    let Ok(SignIn::Pending(pending)) = login else {
        panic!("{login:?} is not pending");
    };
    assert_eq!((pending.id.reveal(), pending.expires_in), ("once", 300));
    assert_eq!(pending.methods, ["code"]);
    assert!(!client.is_signed_in());
    let ended = SignIn::Pending(pending).done();
    assert!(matches!(ended, Err(Error::Pending(_))));
}
