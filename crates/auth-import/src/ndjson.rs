//! Our own format: an object a line.

use auth_core::accounts::admin::{Arrival, Refusal};
use auth_core::{Identity, User};
use serde::Serialize;

use crate::Options;
use crate::fields::Fields;
use crate::hash::recognised;
use crate::providers::Told;

/// A user, in the order in which people read it.
#[derive(Serialize)]
struct Line<'a> {
    id: String,
    first_name: &'a str,
    last_name: &'a str,
    username: &'a str,
    email: &'a str,
    email_verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_hash: Option<&'a str>,
    disabled: bool,
    /// RFC 3339, UTC.
    created_at: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    identities: Vec<IdentityLine<'a>>,
}

#[derive(Serialize)]
struct IdentityLine<'a> {
    provider: &'a str,
    issuer: &'a str,
    subject: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    linked_at: String,
}

/// The line of a user, without its end.
///
/// # Errors
/// Never, as far as is known.
pub fn line(user: &User, identities: &[Identity]) -> Result<String, serde_json::Error> {
    let identity = |one| {
        let Identity {
            provider,
            subject,
            email,
            linked_at,
            ..
        }: &Identity = one;
        IdentityLine {
            provider: provider.as_str(),
            issuer: &subject.issuer,
            subject: &subject.name,
            email: email.as_deref(),
            linked_at: linked_at.to_string(),
        }
    };
    serde_json::to_string(&Line {
        id: user.id.to_string(),
        first_name: user.first_name.as_str(),
        last_name: user.last_name.as_str(),
        username: user.username.as_str(),
        email: user.email.as_str(),
        email_verified: user.email_verified,
        password_hash: user.password_hash.as_ref().map(|hash| hash.as_str()),
        disabled: user.disabled,
        created_at: user.created_at.to_string(),
        identities: identities.iter().map(identity).collect(),
    })
}

/// Somebody on a line, or in a record of CSV with the same names. Other fields are refused.
pub(crate) fn arrival(mut row: Fields, options: &Options) -> Result<Arrival, Vec<Refusal>> {
    let mut identities = vec![];
    for mut one in row.objects(&["identities"]) {
        let told = Told {
            provider: one.text(&["provider"]),
            issuer: one.text(&["issuer"]),
            subject: one.text(&["subject"]),
            email: one.text(&["email"]),
            linked_at: one.time(&["linked_at"]),
        };
        one.refuse_others();
        row.refuse_within("identities", one);
        identities.extend(told.identity(&mut row, options));
    }
    let hash = row.text(&["password_hash"]);
    let password_hash = hash.and_then(|hash| match recognised(&hash) {
        Ok(hash) => Some(hash),
        Err(unfit) => row.refuse("password_hash", unfit.to_string()),
    });
    let arrival = Arrival {
        id: row.text(&["id"]),
        first_name: row.text(&["first_name"]),
        last_name: row.text(&["last_name"]),
        full_name: None,
        username: row.text(&["username"]),
        email: row.text(&["email"]),
        email_verified: row.flag(&["email_verified"]),
        password_hash,
        disabled: row.flag(&["disabled"]).unwrap_or_default(),
        created_at: row.time(&["created_at"]),
        identities,
    };
    row.refuse_others();
    row.done(arrival)
}
