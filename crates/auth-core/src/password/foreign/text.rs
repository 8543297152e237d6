//! The stored form of foreign hashes.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::{Digest, ForeignHash, ForeignKind, ScryptCost, UnfitHash};
use crate::password::Argon2Cost;

/// Characters of the salt's field: 32 bytes.
const SALT_FIELD: usize = 43;

/// Fills the field of a shorter salt up.
const FILLER: char = '.';

impl fmt::Display for ForeignHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let salt = STANDARD_NO_PAD.encode(&self.salt);
        let output = STANDARD_NO_PAD.encode(self.output);
        // Filled up with what `FILLER` is.
        write!(f, "{}${salt:.<SALT_FIELD$}${output}", self.kind)
    }
}

/// Reads the stored form.
impl FromStr for ForeignHash {
    type Err = UnfitHash;

    fn from_str(text: &str) -> Result<Self, UnfitHash> {
        let decoded = |text: &str| {
            let decoded = STANDARD_NO_PAD.decode(text);
            decoded.map_err(|_| UnfitHash::Malformed)
        };
        let (rest, output) = text.rsplit_once('$').ok_or(UnfitHash::Malformed)?;
        let (kind, salt) = rest.rsplit_once('$').ok_or(UnfitHash::Malformed)?;
        if salt.len() != SALT_FIELD {
            return Err(UnfitHash::Malformed);
        }
        let salt = decoded(salt.trim_end_matches(FILLER))?;
        Self::new(kind.parse()?, &salt, &decoded(output)?)
    }
}

/// Reads what stands before the salt.
impl FromStr for ForeignKind {
    type Err = UnfitHash;

    fn from_str(text: &str) -> Result<Self, UnfitHash> {
        let text = text.strip_prefix('$').ok_or(UnfitHash::Malformed)?;
        let (scheme, parameters) = text.split_once('$').ok_or(UnfitHash::Malformed)?;
        let pbkdf2 = |digest| {
            let [iterations] = numbers(parameters, ["i"])?;
            Ok(Self::Pbkdf2 { digest, iterations })
        };
        let bcrypt = || numbers(parameters, ["r"]).map(|[rounds]| rounds);
        let kind = match scheme {
            "pbkdf2-sha1" => pbkdf2(Digest::Sha1)?,
            "pbkdf2-sha256" => pbkdf2(Digest::Sha256)?,
            "pbkdf2-sha512" => pbkdf2(Digest::Sha512)?,
            "scrypt" => Self::Scrypt(parameters.parse()?),
            "scrypt-nfkc" => Self::ScryptNfkc(parameters.parse()?),
            "firebase-scrypt" => Self::Firebase(parameters.parse()?),
            "bcrypt" => Self::Bcrypt(bcrypt()?),
            "bcrypt-sha256" => Self::BcryptSha256(bcrypt()?),
            "argon2id-other" => {
                let [memory_kib, passes, lanes, len] = numbers(parameters, ["m", "t", "p", "l"])?;
                let cost = Argon2Cost {
                    memory_kib,
                    passes,
                    lanes,
                };
                Self::Argon2id { cost, len }
            }
            _ => return Err(UnfitHash::Unsupported),
        };
        kind.check().map(|()| kind)
    }
}

impl FromStr for ScryptCost {
    type Err = UnfitHash;

    fn from_str(text: &str) -> Result<Self, UnfitHash> {
        let [log_n, r, p] = numbers(text, ["ln", "r", "p"])?;
        let log_n = u8::try_from(log_n).map_err(|_| UnfitHash::TooCostly)?;
        Ok(Self { log_n, r, p })
    }
}

/// Reads `a=1,b=2`: these names, in this order, and no others.
fn numbers<const N: usize>(text: &str, names: [&str; N]) -> Result<[u32; N], UnfitHash> {
    let mut parts = text.split(',');
    let mut numbers = [0; N];
    for (number, name) in numbers.iter_mut().zip(names) {
        let value = parts
            .next()
            .and_then(|part| part.strip_prefix(name)?.strip_prefix('='));
        // One number has one spelling, so that one kind has one text.
        let value = value.filter(|value| value.bytes().all(|b| b.is_ascii_digit()));
        let value = value.filter(|value| !value.starts_with('0'));
        *number = value
            .and_then(|value| value.parse().ok())
            .ok_or(UnfitHash::Malformed)?;
    }
    match parts.next() {
        None => Ok(numbers),
        Some(_) => Err(UnfitHash::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds() -> Vec<ForeignKind> {
        let pbkdf2 = |digest| ForeignKind::Pbkdf2 {
            digest,
            iterations: 600_000,
        };
        let scrypt = ScryptCost::new(32_768, 8, 1).unwrap();
        vec![
            pbkdf2(Digest::Sha1),
            pbkdf2(Digest::Sha256),
            pbkdf2(Digest::Sha512),
            ForeignKind::Scrypt(scrypt),
            ForeignKind::ScryptNfkc(scrypt),
            ForeignKind::Firebase(scrypt),
            ForeignKind::Bcrypt(12),
            ForeignKind::BcryptSha256(12),
            ForeignKind::Argon2id {
                cost: Argon2Cost::RECOMMENDED,
                len: 32,
            },
        ]
    }

    #[test]
    fn what_is_written_is_read() {
        for kind in kinds() {
            let salts = [&[7; 16][..], &[0; 32], b"s"];
            for salt in salts
                .into_iter()
                .filter(|salt| !kind.has_salt_of_16() || salt.len() == 16)
            {
                let hash = ForeignHash::new(kind, salt, &[255; 64]).unwrap();
                assert_eq!(hash.to_string().parse(), Ok(hash));
            }
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
    }

    #[test]
    fn the_index_finds_the_kind_before_the_last_67_characters() {
        for kind in kinds() {
            let text = ForeignHash::new(kind, &[1; 16], &[2; 32])
                .unwrap()
                .to_string();
            assert_eq!(text[..text.len() - 67], kind.to_string());
        }
    }

    #[test]
    fn a_bomb_is_refused_before_any_work() {
        for kind in [
            "$pbkdf2-sha256$i=4000000000",
            "$scrypt$ln=30,r=8,p=1",
            "$scrypt$ln=20,r=64,p=1",
            "$scrypt$ln=14,r=8,p=1000",
            "$bcrypt$r=31",
            "$argon2id-other$m=4000000000,t=1,p=1,l=32",
            "$argon2id-other$m=64,t=4000000000,p=1,l=32",
            "$firebase-scrypt$ln=255,r=8,p=1",
        ] {
            assert_eq!(
                kind.parse::<ForeignKind>(),
                Err(UnfitHash::TooCostly),
                "{kind}"
            );
        }
    }

    #[test]
    fn one_kind_has_one_text() {
        for kind in [
            "",
            "$",
            "pbkdf2-sha256$i=1",
            "$pbkdf2-sha256$i=01",
            "$pbkdf2-sha256$i=+1",
            "$pbkdf2-sha256$i=0",
            "$pbkdf2-sha256$i=1,",
            "$pbkdf2-sha256$i=1,j=2",
            "$pbkdf2-md5$i=1",
            "$scrypt$r=8,ln=14,p=1",
            "$bcrypt$r=3",
            "$firebase-scrypt$ln=14,r=8,p=2",
        ] {
            assert!(kind.parse::<ForeignKind>().is_err(), "{kind}");
        }
    }
}
