//! The parameters of a Firebase project.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The password hash parameters of a Firebase project, as its console shows them:
///
/// ```text
/// hash_config {
///   algorithm: SCRYPT,
///   base64_signer_key: jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,
///   base64_salt_separator: Bw==,
///   rounds: 8,
///   mem_cost: 14,
/// }
/// ```
#[derive(Clone)]
pub struct FirebaseConfig {
    /// What the hashes encrypt; the same for all users.
    pub(crate) signer_key: Vec<u8>,
    /// What follows each salt.
    pub(crate) salt_separator: Vec<u8>,
    /// The block size of scrypt.
    pub(crate) rounds: u32,
    /// The logarithm of scrypt's N.
    pub(crate) mem_cost: u32,
}

/// The text has no such parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is missing, or can't be read")]
pub struct InvalidConfig(&'static str);

impl FromStr for FirebaseConfig {
    type Err = InvalidConfig;

    fn from_str(text: &str) -> Result<Self, InvalidConfig> {
        let value = |name: &'static str| {
            let mut lines = text.lines().filter_map(|line| line.split_once(':'));
            let found = lines.find(|(key, _)| key.trim().trim_matches('"') == name);
            let value = found.map(|(_, value)| value.trim().trim_end_matches(','));
            let value = value.map(|value| value.trim().trim_matches('"'));
            value.ok_or(InvalidConfig(name))
        };
        let bytes = |name| {
            let decoded = STANDARD.decode(value(name)?);
            decoded.map_err(|_| InvalidConfig(name))
        };
        let number = |name| value(name)?.parse().map_err(|_| InvalidConfig(name));
        Ok(Self {
            signer_key: bytes("base64_signer_key")?,
            salt_separator: bytes("base64_salt_separator")?,
            rounds: number("rounds")?,
            mem_cost: number("mem_cost")?,
        })
    }
}

/// Without the signer key.
impl fmt::Debug for FirebaseConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FirebaseConfig")
            .field("rounds", &self.rounds)
            .field("mem_cost", &self.mem_cost)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_of_the_console_is_read() {
        let text = "hash_config {\n  algorithm: SCRYPT,\n  base64_signer_key: c2lnbmVy,\n  \
                    base64_salt_separator: Bw==,\n  rounds: 8,\n  mem_cost: 14,\n}\n";
        let config: FirebaseConfig = text.parse().unwrap();
        assert_eq!(config.signer_key, b"signer");
        assert_eq!(config.salt_separator, [7]);
        assert_eq!((config.rounds, config.mem_cost), (8, 14));
        let lacking = text.replace("rounds", "round").parse::<FirebaseConfig>();
        assert_eq!(lacking.unwrap_err(), InvalidConfig("rounds"));
    }
}
