//! bcrypt, as all of its libraries write it: `$2b$12$`, 22 characters of salt, 31 of output.

use auth_core::PasswordHash;
use auth_core::password::{ForeignKind, UnfitHash};
use base64::alphabet::BCRYPT;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, engine};

use super::{foreign, number};

/// Its base64 is of its own alphabet, and its last bits are not always zero.
const ENGINE: GeneralPurpose = engine::GeneralPurpose::new(
    &BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

const SALT: usize = 22;
const OUTPUT: usize = 31;

/// The versions 2a, 2b and 2y are the same for all but passwords of more than 255 bytes;
/// 2x is that of a library with a flaw.
pub(super) fn bcrypt(
    text: &str,
    kind: impl Fn(u32) -> ForeignKind,
) -> Result<PasswordHash, UnfitHash> {
    let mut parts = text.split('$').skip(1);
    let (version, rounds, rest) = (parts.next(), parts.next(), parts.next());
    if !matches!(version, Some("2a" | "2b" | "2y")) {
        return Err(UnfitHash::Unsupported);
    }
    let (Some(rounds), Some(rest), None) = (rounds, rest, parts.next()) else {
        return Err(UnfitHash::Malformed);
    };
    let halves = rest.split_at_checked(SALT);
    let (salt, output) = halves.ok_or(UnfitHash::Malformed)?;
    if output.len() != OUTPUT {
        return Err(UnfitHash::Malformed);
    }
    let decoded = |text| ENGINE.decode(text).map_err(|_| UnfitHash::Malformed);
    foreign(kind(number(rounds)?), &decoded(salt)?, &decoded(output)?)
}
