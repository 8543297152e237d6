//! Firebase's scrypt. A hash there is the project's signer key, encrypted by a key that scrypt
//! derives from the password. The signer key is the same for all users, and whoever knows one
//! password and its hash can compute it: as a secret beside the database it is worth nothing.
//! So it is taken out of each hash here, and kept nowhere.

use auth_core::PasswordHash;
use auth_core::password::{ForeignKind, ScryptCost, UnfitHash};

use super::{base64, foreign, number};
use crate::config::FirebaseConfig;

/// A hash of this project, with the user's salt.
///
/// # Errors
/// When it is none, or no sign-in could verify it.
pub fn firebase(
    config: &FirebaseConfig,
    salt: &str,
    hash: &str,
) -> Result<PasswordHash, UnfitHash> {
    let cost = ScryptCost {
        log_n: u8::try_from(config.mem_cost).map_err(|_| UnfitHash::TooCostly)?,
        r: config.rounds,
        p: 1,
    };
    let salt = [base64(salt)?, config.salt_separator.clone()].concat();
    let hash = base64(hash)?;
    if hash.len() != config.signer_key.len() {
        return Err(UnfitHash::Malformed);
    }
    let stream: Vec<u8> = hash
        .iter()
        .zip(&config.signer_key)
        .map(|(hash, key)| hash ^ key)
        .collect();
    foreign(ForeignKind::Firebase(cost), &salt, &stream)
}

/// The form in which GoTrue keeps hashes that came from Firebase:
/// `v=1,n=14,r=8,p=1,ss=Bw==,sk=…$salt$hash`.
pub(super) fn of_gotrue(rest: &str) -> Result<PasswordHash, UnfitHash> {
    let parts: Vec<&str> = rest.split('$').collect();
    let [parameters, salt, hash] = parts[..] else {
        return Err(UnfitHash::Malformed);
    };
    let value = |name: &str| {
        let mut parts = parameters
            .split(',')
            .filter_map(|part| part.split_once('='));
        let found = parts.find(|(key, _)| *key == name);
        found.map(|(_, value)| value).ok_or(UnfitHash::Malformed)
    };
    if value("v")? != "1" || value("p")? != "1" {
        return Err(UnfitHash::Unsupported);
    }
    let config = FirebaseConfig {
        signer_key: base64(value("sk")?)?,
        salt_separator: base64(value("ss")?)?,
        rounds: number(value("r")?)?,
        mem_cost: number(value("n")?)?,
    };
    firebase(&config, salt, hash)
}
