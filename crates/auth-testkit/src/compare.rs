//! Whether two answers could tell a stranger anything by their difference.

use anyhow::{Result, ensure};

use crate::reply::Reply;

/// Headers that differ from one answer to the next without meaning anything.
const VARYING: [&str; 2] = ["date", "x-request-id"];

/// Expects the same status, headers and bytes, but for the request id and the date.
pub(crate) fn same_answer(one: &Reply, other: &Reply) -> Result<()> {
    ensure!(one.status == other.status, "{one}, but {other}");
    ensure!(bytes(one) == bytes(other), "{one}, but {other}");
    ensure!(
        headers(one) == headers(other),
        "the headers differ: {:?}, but {:?}",
        headers(one),
        headers(other)
    );
    Ok(())
}

fn bytes(reply: &Reply) -> String {
    let text = reply.text();
    match reply.json()["request_id"].as_str() {
        Some(id) if !id.is_empty() => text.replace(id, "-"),
        _ => text,
    }
}

/// The headers, sorted; a list means the same in any order (RFC 9110, 5.6.1).
fn headers(reply: &Reply) -> Vec<(String, Vec<String>)> {
    let kept = reply
        .headers
        .iter()
        .filter(|(name, _)| !VARYING.contains(&name.as_str()));
    let mut pairs: Vec<_> = kept
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let mut items: Vec<_> = value.split(", ").map(str::to_owned).collect();
            items.sort();
            (name.to_string(), items)
        })
        .collect();
    pairs.sort();
    pairs
}
