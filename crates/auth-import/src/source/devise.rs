//! Devise: its table `users`, as CSV, as JSON or in SQLite. `confirmed_at` is of its module
//! `confirmable`, `provider` and `uid` are of `omniauthable`.

use auth_core::accounts::admin::{Arrival, Refusal};

use super::hash_in;
use crate::Options;
use crate::fields::Fields;
use crate::providers::Told;

/// Somebody in that table.
pub fn arrival(mut row: Fields, options: &Options) -> Result<Arrival, Vec<Refusal>> {
    let is_confirmable = row.has("confirmed_at");
    let confirmed_at = row.time(&["confirmed_at"]);
    let (provider, subject) = (row.text(&["provider"]), row.text(&["uid"]));
    let told = provider.zip(subject).map(|(provider, subject)| Told {
        provider: Some(provider),
        subject: Some(subject),
        ..Told::default()
    });
    let identity = told.and_then(|told| told.identity(&mut row, options));
    let arrival = Arrival {
        id: row.text(&["id"]),
        first_name: row.text(&["first_name"]),
        last_name: row.text(&["last_name"]),
        full_name: row.text(&["name", "full_name"]),
        username: row.text(&["username", "login"]),
        email: row.text(&["email"]),
        email_verified: is_confirmable.then_some(confirmed_at.is_some()),
        password_hash: hash_in(&mut row, &["encrypted_password"]),
        disabled: row.time(&["deactivated_at", "disabled_at"]).is_some(),
        created_at: row.time(&["created_at"]),
        identities: identity.into_iter().collect(),
    };
    row.done(arrival)
}
