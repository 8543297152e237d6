//! What the HTTP client does and does not do.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_oauth::{Outbound, OutboundConfig, OutboundError};
use openidconnect::{HttpResponse, http};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use url::Url;

use crate::browser::{outbound, patient};
use crate::server::{http as answer, serve};

const MIB: usize = 1 << 20;

async fn get(outbound: &Outbound, url: &str) -> Result<HttpResponse, OutboundError> {
    let request = http::Request::get(url).body(vec![]).unwrap();
    outbound.send(request).await
}

#[tokio::test]
async fn an_answer_arrives_with_status_headers_and_body() {
    let server = serve(|_| answer("404 Not Found", "text/x-test", "not here")).await;
    let response = get(&patient(), &server.base).await.unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!(response.headers()["content-type"], "text/x-test");
    assert_eq!(response.body(), b"not here");
}

#[tokio::test]
async fn every_request_names_its_user_agent() {
    let server = serve(|_| answer("200 OK", "text/plain", "")).await;
    get(&patient(), &server.base).await.unwrap();
    let seen = server.seen.lock().unwrap().concat();
    assert!(seen.contains("user-agent: auth-oauth/"), "{seen}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let redirect = "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";
    let server = serve(move |_| redirect).await;
    let response = get(&patient(), &server.base).await.unwrap();
    assert_eq!(response.status(), 302);
    assert_eq!(server.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_answer_may_have_a_mebibyte_and_no_more() {
    for (length, fits) in [(MIB, true), (MIB + 1, false)] {
        let body = "x".repeat(length);
        let server = serve(move |_| answer("200 OK", "text/plain", &body)).await;
        let body = get(&patient(), &server.base)
            .await
            .map(|it| it.body().len());
        let expected = if fits {
            Ok(length)
        } else {
            Err(OutboundError::TooLarge)
        };
        assert_eq!(body, expected);
    }
}

#[tokio::test]
async fn an_answer_that_hides_its_length_is_counted_too() {
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(2 * MIB));
    let server = serve(move |_| endless.clone()).await;
    let refused = get(&patient(), &server.base).await.unwrap_err();
    assert_eq!(refused, OutboundError::TooLarge);
}

#[tokio::test]
async fn server_errors_and_throttling_are_temporary() {
    for (status, code) in [("500 Oops", 500), ("503 Busy", 503), ("429 Slow Down", 429)] {
        let server = serve(move |_| answer(status, "text/plain", "why")).await;
        let error = get(&patient(), &server.base).await.unwrap_err();
        assert_eq!(error, OutboundError::Status(code));
        assert!(error.is_temporary());
    }
}

#[tokio::test]
async fn nobody_waits_beyond_the_time_out() {
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf";
    for sent in ["", half] {
        let started = Instant::now();
        let limit = Duration::from_millis(500);
        let error = get(&outbound(limit), &silent_after(sent)).await;
        assert_eq!(error.unwrap_err(), OutboundError::TimedOut(limit), "{sent}");
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

/// A server that answers this and then nothing more, but does not hang up.
fn silent_after(sent: &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 1024]);
        stream.write_all(sent.as_bytes()).unwrap();
        // Ends when the client gives up.
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    url
}

#[tokio::test]
async fn nobody_at_the_port_is_said_so() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = get(&patient(), &url).await.unwrap_err();
    assert!(error.is_temporary());
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn an_address_that_is_not_permitted_is_not_called() {
    let server = serve(|_| answer("200 OK", "text/plain", "")).await;
    let strict = Outbound::new(OutboundConfig::default()).unwrap();
    let refused = get(&strict, &server.base).await;
    assert_eq!(refused.unwrap_err(), OutboundError::Insecure);
    assert!(server.seen.lock().unwrap().is_empty());
}

#[test]
fn https_is_permitted_and_http_on_loopback_if_it_was_allowed() {
    let permits = |outbound: &Outbound, url| outbound.permits(&Url::parse(url).unwrap());
    let strict = Outbound::new(OutboundConfig::default()).unwrap();
    let lenient = patient();
    assert!(permits(&strict, "https://id.example"));
    for url in ["http://localhost:1/a", "http://127.9.9.9", "http://[::1]"] {
        assert!(permits(&lenient, url), "{url}");
        assert!(!permits(&strict, url), "{url}");
    }
    for url in [
        "http://id.example",
        "http://10.0.0.1",
        "http://localhost.example",
        "http://0.0.0.0",
        "ftp://localhost",
        "file:///etc/passwd",
    ] {
        assert!(!permits(&lenient, url), "{url}");
    }
}

#[tokio::test]
async fn a_certificate_that_no_authority_vouches_for_is_refused() {
    let url = format!("https://localhost:{}", self_signed());
    let error = get(&patient(), &url).await.unwrap_err();
    assert!(
        matches!(&error, OutboundError::Unreachable(why) if why.contains("certificate")),
        "{error}"
    );
}

/// The port of a server with a certificate of its own making, for one connection.
fn self_signed() -> u16 {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let session = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut tls = rustls::StreamOwned::new(session, listener.accept().unwrap().0);
        let _ = tls.read(&mut [0; 1024]);
        let _ = tls.write_all(answer("200 OK", "text/plain", "hello").as_bytes());
    });
    port
}
