//! werkzeug's `generate_password_hash`: `scrypt:32768:8:1$salt$hex`,
//! `pbkdf2:sha256:600000$salt$hex`. Salts are texts.

use auth_core::PasswordHash;
use auth_core::password::{Digest, ForeignKind, ScryptCost, UnfitHash};

use super::{foreign, hex, number};

pub(super) fn werkzeug(method: &str, rest: &str) -> Result<PasswordHash, UnfitHash> {
    let (salt, output) = rest.split_once('$').ok_or(UnfitHash::Malformed)?;
    let parts: Vec<&str> = method.split(':').collect();
    let kind = match parts[..] {
        ["scrypt", n, r, p] => {
            ForeignKind::Scrypt(ScryptCost::new(number(n)?, number(r)?, number(p)?)?)
        }
        ["pbkdf2", digest, iterations] => ForeignKind::Pbkdf2 {
            digest: match digest {
                "sha1" => Digest::Sha1,
                "sha256" => Digest::Sha256,
                "sha512" => Digest::Sha512,
                _ => return Err(UnfitHash::Unsupported),
            },
            iterations: iterations_of(iterations)?,
        },
        _ => return Err(UnfitHash::Unsupported),
    };
    foreign(kind, salt.as_bytes(), &hex(output)?)
}

/// A number of iterations; what no number holds is a bomb as well.
pub(super) fn iterations_of(text: &str) -> Result<u32, UnfitHash> {
    let iterations: u64 = number(text)?;
    u32::try_from(iterations).map_err(|_| UnfitHash::TooCostly)
}
