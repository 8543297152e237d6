//! Firebase: what `firebase auth:export FILE.json` writes.

use auth_core::accounts::admin::{Arrival, Refusal};

use super::kept;
use crate::Options;
use crate::fields::Fields;
use crate::hash::firebase;
use crate::providers::Told;

/// Names under which somebody is no identity but the account itself.
const OWN: [&str; 2] = ["password", "phone"];

/// Somebody in its list `users`.
pub fn arrival(mut row: Fields, options: &Options) -> Result<Arrival, Vec<Refusal>> {
    let mut identities = vec![];
    for mut one in row.objects(&["providerUserInfo"]) {
        let provider = one.text(&["providerId"]);
        if provider.as_deref().is_some_and(|name| OWN.contains(&name)) {
            continue;
        }
        let told = Told {
            provider,
            subject: one.text(&["rawId"]),
            email: one.text(&["email"]),
            ..Told::default()
        };
        identities.extend(told.identity(&mut row, options));
    }
    let (hash, salt) = (row.text(&["passwordHash"]), row.text(&["salt"]));
    let password_hash = match (hash, &options.firebase) {
        (Some(hash), Some(config)) => {
            let read = firebase(config, &salt.unwrap_or_default(), &hash);
            kept(&mut row, read)
        }
        _ => None,
    };
    let arrival = Arrival {
        id: row.text(&["localId"]),
        first_name: None,
        last_name: None,
        full_name: row.text(&["displayName"]),
        username: None,
        email: row.text(&["email"]),
        email_verified: Some(row.flag(&["emailVerified"]).unwrap_or_default()),
        password_hash,
        disabled: row.flag(&["disabled"]).unwrap_or_default(),
        created_at: row.time(&["createdAt"]),
        identities,
    };
    row.done(arrival)
}
