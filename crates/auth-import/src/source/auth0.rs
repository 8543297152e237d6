//! Auth0: the export of its users, and of their hashes (bcrypt), which its support adds.

use auth_core::accounts::admin::{Arrival, Refusal};

use super::hash_in;
use crate::Options;
use crate::fields::Fields;
use crate::providers::Told;

/// What Auth0 calls its own database.
const OWN: &str = "auth0";

/// Somebody in the export.
pub fn arrival(mut row: Fields, options: &Options) -> Result<Arrival, Vec<Refusal>> {
    let mut identities = vec![];
    for mut one in row.objects(&["identities"]) {
        let provider = one.text(&["provider"]);
        if provider.as_deref() == Some(OWN) {
            continue;
        }
        let told = Told {
            provider,
            subject: one.text(&["user_id"]),
            ..Told::default()
        };
        identities.extend(told.identity(&mut row, options));
    }
    let full_name = row.text(&["name"]);
    let email = row.text(&["email"]);
    let verified = row.flag(&["email_verified"]);
    let arrival = Arrival {
        id: id(&mut row),
        first_name: row.text(&["given_name"]),
        last_name: row.text(&["family_name"]),
        // The name of whoever told none is the address.
        full_name: full_name.filter(|name| Some(name) != email.as_ref()),
        username: row.text(&["username"]),
        email,
        email_verified: Some(verified.unwrap_or_default()),
        password_hash: hash_in(&mut row, &["passwordHash", "password_hash"]),
        disabled: row.flag(&["blocked"]).unwrap_or_default(),
        created_at: created_at(&mut row),
        identities,
    };
    row.done(arrival)
}

/// The id, which the export of hashes has as MongoDB writes it.
fn id(row: &mut Fields) -> Option<String> {
    let id = row.text(&["user_id"]);
    id.or_else(|| row.object(&["_id"])?.text(&["$oid"]))
}

fn created_at(row: &mut Fields) -> Option<auth_core::Timestamp> {
    let (name, value) = row.value(&["created_at"])?;
    let value = match value {
        serde_json::Value::Object(mut map) => map.remove("$date").unwrap_or_default(),
        other => other,
    };
    let mut inner = Fields::from(serde_json::Map::from_iter([(name.clone(), value)]));
    let time = inner.time(&[&name]);
    match time {
        Some(time) => Some(time),
        None => row.refuse(&name, "it is no time, such as 2026-01-31T12:00:00Z"),
    }
}
