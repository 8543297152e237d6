//! What a hook answers.

use auth_core::policy::{NoRuling, Ruling};
use serde_json::Value;

use crate::call::Answered;

/// The longest message to a person, in characters.
const MAX_MESSAGE: usize = 200;

/// What an answer says. It has to be `200` with `{"allow": true}`, or `{"allow": false}` with or
/// without a message; anything else is no answer.
pub(super) fn read(answered: &Answered) -> Result<Ruling, NoRuling> {
    let status = answered.status;
    if status != 200 {
        return Err(NoRuling(format!("it answered with the status {status}")));
    }
    let body = answered.body.as_deref();
    let body = body.ok_or_else(|| NoRuling("its answer is too large or too slow".into()))?;
    let answer: Option<Value> = serde_json::from_slice(body).ok();
    let allow = answer.as_ref().and_then(|answer| answer["allow"].as_bool());
    match allow {
        Some(true) => Ok(Ruling::Allowed),
        Some(false) => Ok(Ruling::Refused {
            message: answer.as_ref().and_then(message),
        }),
        None => Err(NoRuling("its answer says neither yes nor no".into())),
    }
}

/// The message for the person, as plain text of one line; one that is too long is cut.
fn message(answer: &Value) -> Option<String> {
    let text = answer["message"].as_str()?;
    let is_text = |c: &char| !c.is_control() && !is_invisible(*c);
    let text: String = text.chars().filter(is_text).take(MAX_MESSAGE).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// What turns the direction of a text, by which it would be shown otherwise than it is.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: u16, body: &str) -> Result<Ruling, NoRuling> {
        read(&Answered {
            status,
            retry_after: None,
            body: Some(body.as_bytes().to_vec()),
        })
    }

    fn refused(message: Option<&str>) -> Ruling {
        Ruling::Refused {
            message: message.map(str::to_owned),
        }
    }

    #[test]
    fn yes_and_no_are_read() {
        assert_eq!(told(200, r#"{"allow":true}"#), Ok(Ruling::Allowed));
        assert_eq!(told(200, r#"{"allow":false}"#), Ok(refused(None)));
        let no = r#"{"allow":false,"message":"Not\nhere,\u202e please. "}"#;
        assert_eq!(told(200, no), Ok(refused(Some("Nothere, please."))));
        let long = format!(r#"{{"allow":false,"message":"{}"}}"#, "ä".repeat(300));
        let cut = "ä".repeat(200);
        assert_eq!(told(200, &long), Ok(refused(Some(&cut))));
    }

    #[test]
    fn anything_else_is_no_answer() {
        for (status, body) in [
            (200, ""),
            (200, "yes"),
            (200, "[]"),
            (200, "{}"),
            (200, r#"{"allow":"true"}"#),
            (200, r#"{"allow":1}"#),
            (204, r#"{"allow":true}"#),
            (302, r#"{"allow":true}"#),
            (500, r#"{"allow":true}"#),
        ] {
            assert!(told(status, body).is_err(), "{status} {body}");
        }
        let slow = Answered {
            status: 200,
            retry_after: None,
            body: None,
        };
        assert!(read(&slow).is_err());
    }
}
