//! The contract's shapes: exactly the documented fields, of the documented types.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::client::{Strategy, Transport};
use crate::problem;

/// What a field holds.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    /// A text that may be empty.
    AnyText,
    Flag,
    Id,
    Time,
    Positive,
    Any,
}

type Fields = [(&'static str, Kind)];

const USER: &Fields = &[
    ("id", Kind::Id),
    ("first_name", Kind::Text),
    // Providers know people who have none.
    ("last_name", Kind::AnyText),
    ("username", Kind::Text),
    ("email", Kind::Text),
    ("email_verified", Kind::Flag),
    ("has_password", Kind::Flag),
    ("created_at", Kind::Time),
];

const SESSION: &Fields = &[
    ("id", Kind::Id),
    ("created_at", Kind::Time),
    ("last_seen_at", Kind::Time),
    ("expires_at", Kind::Time),
    ("user_agent", Kind::Text),
    ("ip", Kind::Text),
    ("current", Kind::Flag),
];

const GRANT: &Fields = &[
    ("user", Kind::Any),
    ("session", Kind::Any),
    ("token_type", Kind::Text),
    ("expires_in", Kind::Positive),
];

const IDENTITY: &Fields = &[
    ("id", Kind::Id),
    ("provider", Kind::Text),
    ("email", Kind::Any),
    ("linked_at", Kind::Time),
];

const PROBLEM: &Fields = &[
    ("type", Kind::Text),
    ("title", Kind::Text),
    ("status", Kind::Positive),
    ("code", Kind::Text),
    ("detail", Kind::Text),
    ("request_id", Kind::Text),
];

const FIELD_PROBLEM: &Fields = &[
    ("field", Kind::Text),
    ("code", Kind::Text),
    ("detail", Kind::Text),
];

const STRATEGY: &Fields = &[
    ("strategy", Kind::Text),
    ("format", Kind::Text),
    ("transport", Kind::Text),
    ("token_type", Kind::Text),
    ("verification", Kind::Text),
    ("password", Kind::Any),
    ("providers", Kind::Any),
    ("guarantees", Kind::Any),
];

/// Holds a value against the shape of `User`.
pub(crate) fn user(value: &Value) -> Result<()> {
    exactly("a user", value, USER)
}

/// Holds a value against the shape of an identity.
pub(crate) fn identity(value: &Value) -> Result<()> {
    exactly("an identity", value, IDENTITY)?;
    let email = &value["email"];
    ensure!(email.is_string() || email.is_null(), "{value}");
    Ok(())
}

/// Holds a value against the shape of `Session`.
pub(crate) fn session(value: &Value) -> Result<()> {
    exactly("a session", value, SESSION)?;
    let ip = value["ip"].as_str().unwrap_or_default();
    ensure!(
        ip.parse::<std::net::IpAddr>().is_ok(),
        "{ip:?} is no address"
    );
    ensure!(instant(&value["created_at"])? <= instant(&value["last_seen_at"])?);
    ensure!(instant(&value["last_seen_at"])? < instant(&value["expires_at"])?);
    Ok(())
}

/// Holds a value against the shape of `Grant`; `refresh_in_body` says whether a bearer
/// grant is to carry its refresh token in the body.
pub(crate) fn grant(value: &Value, strategy: &Strategy, refresh_in_body: bool) -> Result<()> {
    let mut fields = GRANT.to_vec();
    let token_type = match strategy.transport {
        Transport::Cookie => "cookie",
        Transport::Bearer => "Bearer",
    };
    if strategy.transport == Transport::Bearer {
        fields.push(("access_token", Kind::Text));
        if refresh_in_body {
            fields.push(("refresh_token", Kind::Text));
        }
    }
    exactly("a grant", value, &fields)?;
    ensure!(
        value["token_type"] == token_type,
        "{value} is no {token_type} grant"
    );
    ensure!(
        value["session"]["current"] == true,
        "a grant's session is the current one"
    );
    user(&value["user"])?;
    session(&value["session"])
}

/// Holds a value against the shape of `GET /strategy`.
pub(crate) fn strategy(value: &Value) -> Result<()> {
    exactly("a strategy", value, STRATEGY)?;
    let lengths = [
        ("min_length", Kind::Positive),
        ("max_length", Kind::Positive),
    ];
    exactly("the password rules", &value["password"], &lengths)?;
    let guarantees = [
        ("revocation", Kind::Any),
        ("revocation_bound_seconds", Kind::Any),
        ("store_reads_per_request", Kind::Any),
    ];
    exactly("the guarantees", &value["guarantees"], &guarantees)?;
    ensure!(
        value["guarantees"]["store_reads_per_request"].is_u64(),
        "{value}"
    );
    let providers = value["providers"]
        .as_array()
        .context("no list of providers")?;
    providers.iter().try_for_each(|provider| {
        exactly(
            "a provider",
            provider,
            &[("id", Kind::Text), ("name", Kind::Text)],
        )
    })
}

/// Holds a value against the shape of errors and the closed lists.
pub(crate) fn problem(value: &Value, status: u16) -> Result<()> {
    let mut fields = PROBLEM.to_vec();
    if value.get("errors").is_some() {
        fields.push(("errors", Kind::Any));
    }
    exactly("a problem", value, &fields)?;
    let code = value["code"].as_str().unwrap_or_default();
    let listed = problem::status_of(code).with_context(|| format!("{code:?} is no code"))?;
    ensure!(
        listed == status && value["status"] == status,
        "{code} came with {status}: {value}"
    );
    let errors = value["errors"].as_array().map_or(&[][..], Vec::as_slice);
    ensure!(
        errors.is_empty() != (code == "validation_failed"),
        "the errors of {value}"
    );
    errors.iter().try_for_each(field_problem)
}

fn field_problem(value: &Value) -> Result<()> {
    exactly("a field's problem", value, FIELD_PROBLEM)?;
    let code = value["code"].as_str().unwrap_or_default();
    ensure!(
        problem::FIELD_CODES.contains(&code),
        "{code:?} is no field code"
    );
    Ok(())
}

/// An RFC 3339 time in UTC.
pub(crate) fn instant(value: &Value) -> Result<OffsetDateTime> {
    let text = value.as_str().unwrap_or_default();
    let time = OffsetDateTime::parse(text, &Rfc3339);
    let time = time.with_context(|| format!("{value} is no RFC 3339 time"))?;
    ensure!(text.ends_with('Z'), "{text} is not in UTC");
    Ok(time)
}

fn exactly(what: &str, value: &Value, fields: &Fields) -> Result<()> {
    let object = value.as_object();
    let object = object.with_context(|| format!("{what} is an object, not {value}"))?;
    for (name, kind) in fields {
        let field = object.get(*name);
        let field = field.with_context(|| format!("{what} lacks {name}: {value}"))?;
        is_of(*kind, field).with_context(|| format!("{what} has a strange {name}: {value}"))?;
    }
    let known = |name: &str| fields.iter().any(|(field, _)| *field == name);
    match object.keys().find(|name| !known(name)) {
        Some(name) => bail!("{what} has {name}, which the contract does not name: {value}"),
        None => Ok(()),
    }
}

fn is_of(kind: Kind, value: &Value) -> Result<()> {
    match kind {
        Kind::Text => ensure!(value.as_str().is_some_and(|s| !s.is_empty()), "no text"),
        Kind::AnyText => ensure!(value.is_string(), "no text"),
        Kind::Flag => ensure!(value.is_boolean(), "neither true nor false"),
        Kind::Positive => ensure!(value.as_u64().is_some_and(|n| n > 0), "no positive number"),
        Kind::Time => _ = instant(value)?,
        Kind::Id => ensure!(is_uuid_v7(value.as_str().unwrap_or_default()), "no UUIDv7"),
        Kind::Any => {}
    }
    Ok(())
}

/// Whether a text is a UUIDv7 in its canonical form (RFC 9562).
pub(crate) fn is_uuid_v7(text: &str) -> bool {
    let id = Uuid::try_parse(text).ok();
    id.is_some_and(|id| id.get_version_num() == 7 && id.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn a_user() -> Value {
        json!({
            "id": Uuid::now_v7(), "first_name": "Ada", "last_name": "L", "username": "ada",
            "email": "ada@example.org", "email_verified": true, "has_password": true,
            "created_at": "2026-01-02T03:04:05.678Z",
        })
    }

    #[test]
    fn a_user_has_all_fields_and_no_other() {
        user(&a_user()).unwrap();
        let mut more = a_user();
        more["password_hash"] = "x".into();
        assert!(user(&more).is_err());
        let mut less = a_user();
        less.as_object_mut().unwrap().remove("email");
        assert!(user(&less).is_err());
    }

    #[test]
    fn ids_and_times_have_one_spelling() {
        assert!(is_uuid_v7(&Uuid::now_v7().to_string()));
        assert!(!is_uuid_v7(&Uuid::now_v7().to_string().to_uppercase()));
        assert!(!is_uuid_v7("6ba7b810-9dad-11d1-80b4-00c04fd430c8"));
        assert!(instant(&json!("2026-01-02T03:04:05Z")).is_ok());
        assert!(instant(&json!("2026-01-02T03:04:05+01:00")).is_err());
        assert!(instant(&json!(1_767_322_645)).is_err());
    }

    fn a_problem(code: &str, status: u16) -> Value {
        json!({
            "type": "about:blank", "title": "T", "status": status, "code": code,
            "detail": "D", "request_id": "r",
        })
    }

    #[test]
    fn a_problem_has_a_listed_code_and_its_status() {
        problem(&a_problem("not_found", 404), 404).unwrap();
        assert!(problem(&a_problem("not_found", 404), 400).is_err());
        assert!(problem(&a_problem("oops", 400), 400).is_err());
    }

    #[test]
    fn only_a_failed_validation_names_fields_and_it_always_does() {
        assert!(problem(&a_problem("validation_failed", 422), 422).is_err());
        let mut named = a_problem("validation_failed", 422);
        named["errors"] = json!([{"field": "email", "code": "required", "detail": "D"}]);
        problem(&named, 422).unwrap();
        named["errors"][0]["code"] = "silly".into();
        assert!(problem(&named, 422).is_err());
    }
}
