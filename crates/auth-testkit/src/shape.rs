//! The contract's shapes: exactly the documented fields, of the documented types.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use auth_client::{
    Code, FieldCode, Grant, Identity, Problem, SecurityEvent, Session, Strategy, Transport, User,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

/// Holds a value against the shape of `User`.
pub(crate) fn user(value: &Value) -> Result<()> {
    let user: User = exactly("a user", value)?;
    ensure!(is_v7(user.id) && is_utc(value, &["created_at"]), "{value}");
    // Providers know people who have no last name.
    let texts = [&user.first_name, &user.username, &user.email];
    ensure!(texts.iter().all(|text| !text.is_empty()), "{value}");
    Ok(())
}

/// Holds a value against the shape of an identity.
pub(crate) fn identity(value: &Value) -> Result<()> {
    let identity: Identity = exactly("an identity", value)?;
    ensure!(
        is_v7(identity.id) && is_utc(value, &["linked_at"]),
        "{value}"
    );
    ensure!(!identity.provider.is_empty(), "{value}");
    Ok(())
}

/// Holds a value against the shape of something that happened.
pub(crate) fn security_event(value: &Value) -> Result<()> {
    let event: SecurityEvent = exactly("a security event", value)?;
    ensure!(is_v7(event.id) && is_utc(value, &["at"]), "{value}");
    ensure!(!event.event.is_empty(), "{value}");
    Ok(())
}

/// Holds a value against the shape of `Session`.
pub(crate) fn session(value: &Value) -> Result<()> {
    let session: Session = exactly("a session", value)?;
    let times = ["created_at", "last_seen_at", "expires_at"];
    ensure!(is_v7(session.id) && is_utc(value, &times), "{value}");
    ensure!(!session.user_agent.is_empty(), "{value}");
    ensure!(session.created_at <= session.last_seen_at, "{value}");
    ensure!(session.last_seen_at < session.expires_at, "{value}");
    Ok(())
}

/// Holds a value against the shape of `Grant`; `refresh_in_body` says whether a bearer
/// grant is to carry its refresh token in the body.
pub(crate) fn grant(value: &Value, strategy: &Strategy, refresh_in_body: bool) -> Result<()> {
    let grant: Grant = exactly("a grant", value)?;
    let bearer = strategy.transport == Transport::Bearer;
    ensure!(
        grant.token_type == strategy.transport.token_type() && grant.expires_in > 0,
        "{value} is no grant of this transport"
    );
    ensure!(grant.access_token.is_some() == bearer, "{value}");
    ensure!(
        grant.refresh_token.is_some() == (bearer && refresh_in_body),
        "{value}"
    );
    let tokens = [&grant.access_token, &grant.refresh_token];
    let mut tokens = tokens.into_iter().flatten();
    ensure!(tokens.all(|token| !token.reveal().is_empty()), "{value}");
    ensure!(
        grant.session.current,
        "a grant's session is the current one"
    );
    user(&value["user"])?;
    session(&value["session"])
}

/// Holds a value against the shape of `GET /strategy`.
pub(crate) fn strategy(value: &Value) -> Result<()> {
    let strategy: Strategy = exactly("a strategy", value)?;
    ensure!(
        strategy.token_type == strategy.transport.token_type() && !strategy.strategy.is_empty(),
        "{value}"
    );
    ensure!(strategy.password.min_length > 0, "{value}");
    let mut names = strategy.providers.iter().flat_map(|p| [&p.id, &p.name]);
    ensure!(names.all(|name| !name.is_empty()), "{value}");
    Ok(())
}

/// Holds a value against the shape of errors and the closed lists.
pub(crate) fn problem(value: &Value, status: u16) -> Result<()> {
    let problem: Problem = exactly("a problem", value)?;
    let listed = problem.code.status();
    let listed = listed.with_context(|| format!("{:?} is no code", problem.code))?;
    ensure!(
        listed == status && problem.status == status,
        "{} came with {status}: {value}",
        problem.code
    );
    let texts = [&problem.kind, &problem.title, &problem.detail];
    let mut texts = texts.into_iter().chain([&problem.request_id]);
    ensure!(texts.all(|text| !text.is_empty()), "{value}");
    ensure!(
        problem.fields.is_empty() != (problem.code == Code::ValidationFailed),
        "the errors of {value}"
    );
    for field in &problem.fields {
        let listed = !matches!(field.code, FieldCode::Other(_));
        ensure!(listed, "{:?} is no field code", field.code);
        let told = !field.field.is_empty() && !field.detail.is_empty();
        ensure!(told, "a field's problem is empty: {value}");
    }
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

/// Reads a shape of the contract; the value must be what that would be written as: a field
/// that the contract does not name, and another spelling of an id or a time, is none of it.
fn exactly<T: DeserializeOwned + Serialize>(what: &str, value: &Value) -> Result<T> {
    let read = serde_json::from_value::<T>(value.clone());
    let read = read.with_context(|| format!("{value} is not {what}"))?;
    let written = serde_json::to_value(&read)?;
    ensure!(
        written == *value,
        "{what} has {:?}, which the contract does not name: {value}",
        differing(value, &written)
    );
    Ok(read)
}

/// The names of the fields in which two objects differ.
fn differing(one: &Value, other: &Value) -> BTreeSet<String> {
    let objects = [one.as_object(), other.as_object()];
    let names = objects.into_iter().flatten().flat_map(|o| o.keys());
    let differ = names.filter(|name| one.get(name) != other.get(name));
    differ.cloned().collect()
}

fn is_utc(value: &Value, fields: &[&str]) -> bool {
    fields.iter().all(|field| instant(&value[field]).is_ok())
}

fn is_v7(id: Uuid) -> bool {
    id.get_version_num() == 7
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
        let with = |field: &str, value: Value| {
            let mut changed = a_user();
            changed[field] = value;
            user(&changed)
        };
        let id = Uuid::now_v7().to_string();
        assert!(with("id", json!(id)).is_ok());
        assert!(with("id", json!(id.to_uppercase())).is_err());
        assert!(with("id", json!("6ba7b810-9dad-11d1-80b4-00c04fd430c8")).is_err());
        let time = |value| with("created_at", value);
        assert!(time(json!("2026-01-02T03:04:05Z")).is_ok());
        assert!(time(json!("2026-01-02T03:04:05+01:00")).is_err());
        assert!(time(json!(1_767_322_645)).is_err());
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
