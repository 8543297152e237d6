//! What is told about a person.

use serde_json::{Map, Value, json};

use crate::Misbehaviour;
use crate::grants::Grant;

/// The claims of a JWT or of an answer.
pub(crate) type Claims = Map<String, Value>;

/// The claims of the granted scopes `profile` and `email` (OpenID Connect Core 1.0, 5.4).
pub(crate) fn by_scope(grant: &Grant) -> Claims {
    let mut claims = Claims::new();
    if grant.request.has_scope("profile") {
        profile(grant, &mut claims);
    }
    if grant.request.has_scope("email") && !grant.misbehaves(Misbehaviour::NoEmail) {
        email(grant, &mut claims);
    }
    claims
}

fn profile(grant: &Grant, claims: &mut Claims) {
    let person = &grant.person;
    match grant.misbehaviour {
        Some(Misbehaviour::UpdatedAtAsText) => {
            claims.insert("updated_at".into(), json!("2026-01-02T03:04:05.678Z"));
        }
        Some(Misbehaviour::LocaleAsObject) => {
            let locale = json!({"country": "US", "language": "en"});
            claims.insert("locale".into(), locale);
        }
        _ => {}
    }
    let known = [
        ("name", person.name()),
        ("given_name", person.given_name.clone()),
        ("family_name", person.family_name.clone()),
        ("preferred_username", person.preferred_username.clone()),
    ];
    for (name, value) in known {
        claims.extend(value.map(|value| (name.to_owned(), value.into())));
    }
}

fn email(grant: &Grant, claims: &mut Claims) {
    let Some(email) = &grant.person.email else {
        return;
    };
    let verified = match grant.misbehaviour {
        Some(Misbehaviour::EmailVerifiedAsString) => json!("true"),
        _ => json!(is_verified(grant)),
    };
    if grant.misbehaves(Misbehaviour::EmailsAsList) {
        claims.insert("emails".into(), json!([email]));
        return;
    }
    claims.insert("email".into(), json!(email));
    if !grant.misbehaves(Misbehaviour::NoEmailVerified) {
        claims.insert("email_verified".into(), verified);
    }
}

/// Whether the provider vouches for the person's address.
pub(crate) fn is_verified(grant: &Grant) -> bool {
    grant.person.email_verified && !grant.misbehaves(Misbehaviour::UnverifiedEmail)
}
