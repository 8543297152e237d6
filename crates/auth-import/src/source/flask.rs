//! Apps of Flask-SQLAlchemy and werkzeug, each with tables of its own. Those of this project's
//! ancestor are `session_users` and `jwt_users`, whose addresses were never confirmed, and
//! `user`, which has `is_verified`, `is_active` and `is_oauth`, and of whom comes from Google
//! an empty hash and no name there.

use auth_core::accounts::admin::{Arrival, Refusal};

use super::hash_in;
use crate::Options;
use crate::fields::Fields;
use crate::providers::Told;

const EMAIL: &[&str] = &["email", "email_address", "mail"];
const HASH: &[&str] = &[
    "password_hash",
    "password",
    "pw_hash",
    "hashed_password",
    "_password",
];

/// One column of each group makes a table one of users.
pub const COLUMNS: &[&[&str]] = &[EMAIL, HASH];

/// Somebody in such a table.
pub fn arrival(mut row: Fields, options: &Options) -> Result<Arrival, Vec<Refusal>> {
    let linked_at = row.time(&["linked_at"]);
    let google = row.text(&["google_id", "google_sub", "oauth_id", "provider_id", "sub"]);
    let provider = row.text(&["oauth_provider", "provider"]);
    let identities = google.and_then(|subject| {
        let told = Told {
            provider: Some(provider.unwrap_or_else(|| "google".to_owned())),
            subject: Some(subject),
            linked_at,
            ..Told::default()
        };
        told.identity(&mut row, options)
    });
    // What was confirmed at some time is confirmed.
    let confirmed_at = row.time(&["confirmed_at", "email_confirmed_at", "confirmed_on"]);
    let verified = row.flag(&[
        "is_verified",
        "verified",
        "email_verified",
        "email_confirmed",
        "is_confirmed",
        "confirmed",
    ]);
    let disabled = row.flag(&["disabled", "is_disabled"]);
    let active = row.flag(&["is_active", "active"]);
    let arrival = Arrival {
        id: row.text(&["id", "uuid", "user_id"]),
        first_name: row.text(&["first_name", "firstname", "given_name"]),
        last_name: row.text(&["last_name", "lastname", "family_name"]),
        full_name: row.text(&["name", "full_name", "fullname"]),
        username: row.text(&["username", "user_name"]),
        email: row.text(EMAIL),
        email_verified: verified.or(confirmed_at.map(|_| true)),
        password_hash: hash_in(&mut row, HASH),
        disabled: disabled.unwrap_or(active == Some(false)),
        created_at: row.time(&["created_at", "date_created", "created_on", "registered_on"]),
        identities: identities.into_iter().collect(),
    };
    row.done(arrival)
}
