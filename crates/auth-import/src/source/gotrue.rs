//! GoTrue: its table `auth.users` as CSV or JSON, best with the rows of `auth.identities` of each
//! user as a list `identities`.

use auth_core::accounts::admin::{Arrival, Refusal};

use super::hash_in;
use crate::Options;
use crate::fields::Fields;
use crate::providers::Told;

/// Names under which somebody is no identity but the account itself.
const OWN: [&str; 2] = ["email", "phone"];

/// Somebody in that table.
pub fn arrival(mut row: Fields, options: &Options) -> Result<Arrival, Vec<Refusal>> {
    let mut identities = vec![];
    for mut one in row.objects(&["identities"]) {
        let provider = one.text(&["provider"]);
        if provider.as_deref().is_some_and(|name| OWN.contains(&name)) {
            continue;
        }
        let mut data = one.object(&["identity_data"]).unwrap_or_default();
        let told = Told {
            provider,
            subject: one.text(&["provider_id"]).or_else(|| data.text(&["sub"])),
            email: one.text(&["email"]).or_else(|| data.text(&["email"])),
            linked_at: one.time(&["created_at"]),
            ..Told::default()
        };
        identities.extend(told.identity(&mut row, options));
    }
    let mut about = row
        .object(&["raw_user_meta_data", "user_metadata"])
        .unwrap_or_default();
    let banned_until = row.time(&["banned_until"]);
    let confirmed_at = row.time(&["email_confirmed_at", "confirmed_at"]);
    let is_deleted = row.time(&["deleted_at"]).is_some();
    let arrival = Arrival {
        id: row.text(&["id"]),
        first_name: about.text(&["first_name", "given_name"]),
        last_name: about.text(&["last_name", "family_name"]),
        full_name: about.text(&["full_name", "name"]),
        username: about.text(&["username"]),
        email: row.text(&["email"]),
        email_verified: Some(confirmed_at.is_some()),
        password_hash: hash_in(&mut row, &["encrypted_password"]),
        disabled: is_deleted || banned_until.is_some_and(|until| until > options.now),
        created_at: row.time(&["created_at"]),
        identities,
    };
    row.done(arrival)
}
