//! Keycloak's credentials: `secretData` has the salt and the hash, `credentialData` how it was
//! made; both are JSON in a text.

use auth_core::PasswordHash;
use auth_core::password::{Argon2Cost, Digest, ForeignKind, UnfitHash};

use super::{base64, foreign, number};
use crate::fields::Fields;

/// The hash of a credential.
///
/// # Errors
/// When it is none, or no sign-in could verify it.
pub fn keycloak(credential: &mut Fields) -> Result<PasswordHash, UnfitHash> {
    let (Some(mut secret), Some(mut data)) = (
        credential.object(&["secretData"]),
        credential.object(&["credentialData"]),
    ) else {
        return Err(UnfitHash::Malformed);
    };
    let needed = |text: Option<String>| text.ok_or(UnfitHash::Malformed);
    let salt = base64(&needed(secret.text(&["salt"]))?)?;
    let output = base64(&needed(secret.text(&["value"]))?)?;
    let iterations: u64 = number(&needed(data.text(&["hashIterations"]))?)?;
    let iterations = u32::try_from(iterations).map_err(|_| UnfitHash::TooCostly)?;
    let algorithm = needed(data.text(&["algorithm"]))?;
    let digest = match algorithm.as_str() {
        "pbkdf2" => Digest::Sha1,
        "pbkdf2-sha256" => Digest::Sha256,
        "pbkdf2-sha512" => Digest::Sha512,
        "argon2" => return argon2(&mut data, iterations, &salt, &output),
        _ => return Err(UnfitHash::Unsupported),
    };
    foreign(ForeignKind::Pbkdf2 { digest, iterations }, &salt, &output)
}

fn argon2(
    data: &mut Fields,
    passes: u32,
    salt: &[u8],
    output: &[u8],
) -> Result<PasswordHash, UnfitHash> {
    let parameters = data.object(&["additionalParameters"]);
    let mut parameters = parameters.ok_or(UnfitHash::Malformed)?;
    // Each is a list of one.
    let mut parameter = |name: &str| match parameters.value(&[name]) {
        Some((_, serde_json::Value::Array(values))) => {
            let only = values.first().and_then(|value| value.as_str());
            only.map(str::to_owned).ok_or(UnfitHash::Malformed)
        }
        _ => Err(UnfitHash::Malformed),
    };
    if parameter("type")? != "id" || parameter("version")? != "1.3" {
        return Err(UnfitHash::Unsupported);
    }
    let cost = Argon2Cost {
        memory_kib: number(&parameter("memory")?)?,
        passes,
        lanes: number(&parameter("parallelism")?)?,
    };
    PasswordHash::argon2id(cost, salt, output)
}
