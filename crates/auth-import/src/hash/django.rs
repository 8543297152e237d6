//! Django's password hashers: `pbkdf2_sha256$600000$salt$base64`,
//! `scrypt$16384$salt$8$5$base64`, `argon2$argon2id$…`, `bcrypt_sha256$$2b$12$…`. Salts of
//! the first two are texts.

use auth_core::PasswordHash;
use auth_core::password::{Digest, ForeignKind, ScryptCost, UnfitHash};

use super::bcrypt::bcrypt;
use super::werkzeug::iterations_of;
use super::{base64, foreign, number};

pub(super) fn django(algorithm: &str, rest: &str) -> Result<PasswordHash, UnfitHash> {
    let parts: Vec<&str> = rest.split('$').collect();
    match (algorithm, &parts[..]) {
        ("pbkdf2_sha256", [iterations, salt, output]) => {
            pbkdf2(Digest::Sha256, iterations, salt, output)
        }
        ("pbkdf2_sha1", [iterations, salt, output]) => {
            pbkdf2(Digest::Sha1, iterations, salt, output)
        }
        ("scrypt", [n, salt, r, p, output]) => {
            let cost = ScryptCost::new(number(n)?, number(r)?, number(p)?)?;
            foreign(ForeignKind::Scrypt(cost), salt.as_bytes(), &base64(output)?)
        }
        ("argon2", _) => PasswordHash::parse(&format!("${rest}")),
        ("bcrypt_sha256", _) => bcrypt(rest, ForeignKind::BcryptSha256),
        ("bcrypt", _) => bcrypt(rest, ForeignKind::Bcrypt),
        ("pbkdf2_sha256" | "pbkdf2_sha1" | "scrypt", _) => Err(UnfitHash::Malformed),
        _ => Err(UnfitHash::Unsupported),
    }
}

fn pbkdf2(
    digest: Digest,
    iterations: &str,
    salt: &str,
    output: &str,
) -> Result<PasswordHash, UnfitHash> {
    let iterations = iterations_of(iterations)?;
    let kind = ForeignKind::Pbkdf2 { digest, iterations };
    foreign(kind, salt.as_bytes(), &base64(output)?)
}
