//! Requests that actix refuses before the app sees them.

use actix_web::http::StatusCode;

use crate::problem::Problem;
use crate::request_id::RequestId;

/// The statuses of actix's own refusals: no HTTP, too slow, headers too large.
const REFUSALS: [StatusCode; 3] = [
    StatusCode::BAD_REQUEST,
    StatusCode::REQUEST_TIMEOUT,
    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
];

/// The same answer with a problem document (RFC 9457), when `answer` is the bare one, as
/// bytes on the wire, by which actix refuses what it can't read. No middleware sees those.
pub fn explained(answer: &[u8]) -> Option<Vec<u8>> {
    let head = std::str::from_utf8(answer.strip_suffix(b"\r\n\r\n")?).ok()?;
    let (start, fields) = head.split_once("\r\n")?;
    let refused = |status: &&StatusCode| start == format!("HTTP/1.1 {status}");
    let status = *REFUSALS.iter().find(refused)?;
    let is = |field: &&str, name: &str| field.to_ascii_lowercase().starts_with(name);
    let mut fields: Vec<&str> = fields.split("\r\n").collect();
    // Whatever the app answers has an id, and a body of its own.
    if fields.iter().any(|field| is(field, "x-request-id:")) {
        return None;
    }
    fields.retain(|field| !is(field, "content-length:"));
    let body = Problem::for_status(status).document();
    let (kept, length, id) = (fields.join("\r\n"), body.len(), RequestId::current());
    let head = format!(
        "{start}\r\n{kept}\r\ncontent-type: application/problem+json\r\n\
         content-length: {length}\r\ncache-control: no-store\r\n\
         x-content-type-options: nosniff\r\nx-request-id: {id}\r\n\r\n"
    );
    Some([head.into_bytes(), body].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_refusal_gets_a_problem_document() {
        let bare = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let full = String::from_utf8(explained(bare).unwrap()).unwrap();
        let (head, body) = full.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("connection: close") && !head.contains("content-length: 0"));
        assert!(head.contains(&format!("content-length: {}", body.len())));
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["code"], "headers_too_large");
        assert_eq!(body["status"], 431);
    }

    #[test]
    fn what_the_app_answers_stays() {
        for answer in [
            "HTTP/1.1 400 Bad Request\r\nx-request-id: 1\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}",
            "",
        ] {
            assert_eq!(explained(answer.as_bytes()), None, "{answer:?}");
        }
    }
}
