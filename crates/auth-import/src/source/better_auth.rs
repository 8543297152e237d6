//! better-auth: its tables `user` and `account` in SQLite, or users as JSON with their rows of
//! `account` as a list of that name.

use auth_core::accounts::admin::{Arrival, Refusal};

use super::kept;
use crate::Options;
use crate::fields::Fields;
use crate::hash::better_auth;
use crate::providers::Told;

/// What better-auth calls the account that has the password.
const OWN: &str = "credential";

/// Somebody in its table `user`.
pub fn arrival(mut row: Fields, options: &Options) -> Result<Arrival, Vec<Refusal>> {
    let (mut identities, mut password_hash) = (vec![], None);
    for mut account in row.objects(&["account", "accounts"]) {
        let provider = account.text(&["providerId", "provider_id"]);
        let password = account.text(&["password"]);
        if provider.as_deref() == Some(OWN) {
            password_hash = password.and_then(|hash| kept(&mut row, better_auth(&hash)));
            continue;
        }
        let told = Told {
            provider,
            subject: account.text(&["accountId", "account_id"]),
            linked_at: account.time(&["createdAt", "created_at"]),
            ..Told::default()
        };
        identities.extend(told.identity(&mut row, options));
    }
    let verified = row.flag(&["emailVerified", "email_verified"]);
    let arrival = Arrival {
        id: row.text(&["id"]),
        first_name: None,
        last_name: None,
        full_name: row.text(&["name"]),
        username: row.text(&["username"]),
        email: row.text(&["email"]),
        email_verified: Some(verified.unwrap_or_default()),
        password_hash,
        disabled: row.flag(&["banned"]).unwrap_or_default(),
        created_at: row.time(&["createdAt", "created_at"]),
        identities,
    };
    row.done(arrival)
}
