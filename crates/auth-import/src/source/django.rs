//! Django: the table `auth_user` in SQLite or CSV, or what `manage.py dumpdata` prints.

use auth_core::accounts::admin::{Arrival, Refusal};

use crate::fields::Fields;

/// How Django marks that somebody has no password.
const UNUSABLE: char = '!';

/// Somebody in that table. A dump has other things beside users, which have no password.
pub fn arrival(mut row: Fields) -> Option<Result<Arrival, Vec<Refusal>>> {
    let pk = row.text(&["pk"]);
    let mut row = match row.has("model") {
        true => row.object(&["fields"])?,
        false => row,
    };
    if !row.has("password") {
        return None;
    }
    let id = row.text(&["id"]).or(pk);
    let hash = row.text(&["password"]);
    let hash = hash.filter(|hash| !hash.starts_with(UNUSABLE));
    let password_hash = hash.and_then(|hash| super::kept(&mut row, crate::recognised(&hash)));
    let arrival = Arrival {
        id,
        first_name: row.text(&["first_name"]),
        last_name: row.text(&["last_name"]),
        full_name: None,
        username: row.text(&["username"]),
        email: row.text(&["email"]),
        email_verified: None,
        password_hash,
        disabled: row.flag(&["is_active"]) == Some(false),
        created_at: row.time(&["date_joined"]),
        identities: vec![],
    };
    Some(row.done(arrival))
}
