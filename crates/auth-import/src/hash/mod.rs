//! How other systems write password hashes.

mod bcrypt;
mod better_auth;
mod django;
mod firebase;
mod keycloak;
mod werkzeug;

use auth_core::PasswordHash;
use auth_core::password::{ForeignHash, ForeignKind, UnfitHash};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

pub(crate) use better_auth::better_auth;
pub(crate) use firebase::firebase;
pub(crate) use keycloak::keycloak;

/// A hash in any form that says by itself how it was made: ours, PHC strings of argon2id,
/// bcrypt, and those of werkzeug, Django and GoTrue.
///
/// # Errors
/// When it is of no such form, or no sign-in could verify it.
pub fn recognised(text: &str) -> Result<PasswordHash, UnfitHash> {
    if text.starts_with("$2") {
        return bcrypt::bcrypt(text, ForeignKind::Bcrypt);
    }
    if let Some(rest) = text.strip_prefix("$fbscrypt$") {
        return firebase::of_gotrue(rest);
    }
    if text.starts_with('$') {
        return PasswordHash::parse(text);
    }
    let (method, rest) = text.split_once('$').ok_or(UnfitHash::Unsupported)?;
    match method.contains(':') {
        true => werkzeug::werkzeug(method, rest),
        false => django::django(method, rest),
    }
}

/// A hash of this kind.
fn foreign(kind: ForeignKind, salt: &[u8], output: &[u8]) -> Result<PasswordHash, UnfitHash> {
    ForeignHash::new(kind, salt, output).map(|hash| PasswordHash::from(&hash))
}

/// Bytes in hexadecimal.
fn hex(text: &str) -> Result<Vec<u8>, UnfitHash> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(pair).collect();
    bytes.ok_or(UnfitHash::Malformed)
}

/// Bytes in base64, of either alphabet, with or without its filling.
fn base64(text: &str) -> Result<Vec<u8>, UnfitHash> {
    let text = text
        .trim_end_matches('=')
        .replace('-', "+")
        .replace('_', "/");
    let decoded = STANDARD_NO_PAD.decode(text);
    decoded.map_err(|_| UnfitHash::Malformed)
}

/// A number in decimal.
fn number<T: std::str::FromStr>(text: &str) -> Result<T, UnfitHash> {
    text.parse().map_err(|_| UnfitHash::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_hash_is_refused() {
        for text in [
            "",
            "password",
            "$",
            "$$",
            "$2b$12$short",
            "$2x$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
            "md5$salt$0123456789abcdef0123456789abcdef",
            "sha256$salt$00",
            "scrypt:32768:8:1$salt",
            "scrypt:32767:8:1$salt$00112233445566778899aabbccddeeff",
            "pbkdf2:md5:1000$salt$00112233445566778899aabbccddeeff",
            "pbkdf2:sha256$salt$00112233445566778899aabbccddeeff",
            "pbkdf2_sha256$x$salt$AAAAAAAAAAAAAAAAAAAAAA==",
            "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=16$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA",
            "$6$salt$hash",
        ] {
            assert!(recognised(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_bomb_is_told_as_one() {
        for text in [
            "scrypt:1073741824:8:1$salt$00112233445566778899aabbccddeeff",
            "pbkdf2:sha256:4000000000$salt$00112233445566778899aabbccddeeff",
            "$2b$31$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
            "$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(recognised(text), Err(UnfitHash::TooCostly), "{text}");
        }
    }
}
