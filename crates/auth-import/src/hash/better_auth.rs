//! better-auth: `salt:hash` in hexadecimal, scrypt with N = 2^14, r = 16, p = 1 of the password
//! in normalisation form KC. The salt is taken as its text.

use auth_core::PasswordHash;
use auth_core::password::{ForeignKind, ScryptCost, UnfitHash};

use super::{foreign, hex};

/// A hash of better-auth.
///
/// # Errors
/// When it is none, or no sign-in could verify it.
pub fn better_auth(text: &str) -> Result<PasswordHash, UnfitHash> {
    let (salt, output) = text.split_once(':').ok_or(UnfitHash::Unsupported)?;
    hex(salt)?;
    let cost = ScryptCost {
        log_n: 14,
        r: 16,
        p: 1,
    };
    foreign(
        ForeignKind::ScryptNfkc(cost),
        salt.as_bytes(),
        &hex(output)?,
    )
}
