//! What the contract promises of every answer, checked on every answer of every case.

use anyhow::{Result, ensure};
use auth_client::SetCookie;
use reqwest::Method;
use reqwest::header::SET_COOKIE;

use crate::reply::Reply;
use crate::shape;

/// Shorter texts may well occur in an answer by chance.
const SHORTEST_SECRET: usize = 12;

/// Holds an answer against the contract; `secrets` are those of the request.
pub(crate) fn check(method: &Method, reply: &Reply, secrets: &[String]) -> Result<()> {
    if reply.status.is_server_error() {
        let away = reply.status == 503 && reply.header("retry-after").is_some();
        let elsewhere = reply.code() == "provider_failed";
        ensure!(away || elsewhere || is_health(reply), "{reply}");
    }
    if reply.status.as_u16() >= 400 && method != Method::HEAD && !is_health(reply) {
        problem(reply)?;
    }
    for cookie in reply.headers.get_all(SET_COOKIE) {
        SetCookie::parse(cookie.to_str()?)?;
    }
    ensure!(
        !repeats(reply, secrets),
        "{} repeated a secret of the request",
        reply.request
    );
    Ok(())
}

/// Health answers 503 in its own words.
fn is_health(reply: &Reply) -> bool {
    reply.request.contains("^/health")
}

fn problem(reply: &Reply) -> Result<()> {
    let media_type = reply.media_type();
    ensure!(
        media_type == "application/problem+json",
        "{reply} came as {media_type:?}"
    );
    shape::problem(reply.json(), reply.status.as_u16())?;
    let id = reply.header("x-request-id");
    ensure!(
        id == reply.json()["request_id"].as_str(),
        "{reply} has the request id {id:?}"
    );
    ensure!(
        reply.header("cache-control") == Some("no-store"),
        "{reply} may be stored"
    );
    if matches!(reply.status.as_u16(), 429 | 503) {
        let seconds = reply
            .header("retry-after")
            .and_then(|text| text.parse::<u64>().ok());
        ensure!(
            seconds.is_some_and(|s| s > 0),
            "{reply} does not say when to try again"
        );
    }
    Ok(())
}

fn repeats(reply: &Reply, secrets: &[String]) -> bool {
    let body = reply.text();
    let headers = reply.headers.iter().filter(|(name, _)| *name != SET_COOKIE);
    let headers: Vec<_> = headers
        .filter_map(|(_, value)| value.to_str().ok())
        .collect();
    let mut long = secrets
        .iter()
        .filter(|secret| secret.len() >= SHORTEST_SECRET);
    long.any(|secret| body.contains(secret) || headers.iter().any(|h| h.contains(secret)))
}
