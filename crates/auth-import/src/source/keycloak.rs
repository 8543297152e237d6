//! Keycloak: what `kc.sh export` writes. Second factors do not come along.

use auth_core::accounts::admin::{Arrival, Refusal};

use super::kept;
use crate::Options;
use crate::fields::Fields;
use crate::hash::keycloak;
use crate::providers::Told;

/// Somebody in the realm's list `users`.
pub fn arrival(mut row: Fields, options: &Options) -> Result<Arrival, Vec<Refusal>> {
    let mut identities = vec![];
    for mut one in row.objects(&["federatedIdentities"]) {
        let told = Told {
            provider: one.text(&["identityProvider"]),
            subject: one.text(&["userId"]),
            ..Told::default()
        };
        identities.extend(told.identity(&mut row, options));
    }
    let mut password_hash = None;
    for mut credential in row.objects(&["credentials"]) {
        if credential.text(&["type"]).as_deref() == Some("password") {
            password_hash = kept(&mut row, keycloak(&mut credential));
        }
    }
    let arrival = Arrival {
        id: row.text(&["id"]),
        first_name: row.text(&["firstName"]),
        last_name: row.text(&["lastName"]),
        full_name: None,
        username: row.text(&["username"]),
        email: row.text(&["email"]),
        email_verified: Some(row.flag(&["emailVerified"]).unwrap_or_default()),
        password_hash,
        disabled: row.flag(&["enabled"]) == Some(false),
        created_at: row.time(&["createdTimestamp"]),
        identities,
    };
    row.done(arrival)
}
