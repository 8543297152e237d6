//! A request that two parsers could read differently is refused, and nothing after it is
//! read as another one (RFC 9112, 6.3 and 11.2).

use anyhow::Result;

use crate::deployment::Deployment;
use crate::on;
use crate::raw::Wire;

on! {
    no_request_hides_in_another: session_on_sqlite, jwt_on_sqlite;
}

/// What must not be answered.
const HIDDEN: &str = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Heads that leave open where their body ends, with a body that ends early by one way of
/// reading them.
const AMBIGUOUS: [(&str, &str); 15] = [
    (
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "0\r\n\r\n",
    ),
    (
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "0\r\n\r\n",
    ),
    ("Content-Length: 0\r\nContent-Length: 48", ""),
    ("Content-Length: 48\r\nContent-Length: 0", ""),
    ("Content-Length: 0, 48", ""),
    ("Content-Length: +0", ""),
    ("Content-Length: -1", ""),
    ("Content-Length: 0x0", ""),
    ("Content-Length : 0", ""),
    ("Transfer-Encoding : chunked", "0\r\n\r\n"),
    ("Transfer-Encoding: xchunked", "0\r\n\r\n"),
    ("Transfer-Encoding: chunked, identity", "0\r\n\r\n"),
    (
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
        "0\r\n\r\n",
    ),
    ("Transfer-Encoding: \x0bchunked", "0\r\n\r\n"),
    ("Transfer-Encoding:\r\n chunked", "0\r\n\r\n"),
];

/// Bodies in chunks that end early by one way of reading them.
const MALFORMED: [&str; 6] = [
    "0x0\r\n\r\n",
    "+0\r\n\r\n",
    "-0\r\n\r\n",
    "0\n\n",
    "1\r\nab\r\n0\r\n\r\n",
    "10000000000000000\r\n\r\n",
];

async fn no_request_hides_in_another(on: Deployment) -> Result<()> {
    let server = on.start().await;
    let ask = async |bytes: String| -> Result<String> {
        let wire = Wire::connect(server.address()).await?;
        let answers = wire.ask_and_hang_up(bytes.as_bytes()).await;
        Ok(String::from_utf8(answers)?)
    };
    let two = ask([HIDDEN, HIDDEN].concat()).await?;
    assert_eq!(two.matches("HTTP/1.1 200").count(), 2, "{two}");
    for (headers, body) in AMBIGUOUS {
        let answers = ask(post(headers, body) + HIDDEN).await?;
        let refused = answers.is_empty() || answers.starts_with("HTTP/1.1 400");
        assert!(refused, "{headers:?}: {answers}");
        let is_one = answers.matches("HTTP/1.").count() <= 1;
        assert!(is_one, "{headers:?}: {answers}");
    }
    for body in MALFORMED {
        let answers = ask(post("Transfer-Encoding: chunked", body) + HIDDEN).await?;
        assert!(!answers.contains("HTTP/1.1 200"), "{body:?}: {answers}");
    }
    Ok(())
}

fn post(headers: &str, body: &str) -> String {
    let start = "POST /api/auth/logout HTTP/1.1\r\nHost: localhost\r\n";
    format!("{start}{headers}\r\n\r\n{body}")
}
