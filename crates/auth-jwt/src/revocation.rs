//! The dial between speed and how soon a revoked token dies.

use std::fmt;
use std::str::FromStr;

/// What is asked about the session of an access token before the token is believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RevocationMode {
    /// Nothing: no store is read, and a revoked token works until it expires.
    Stateless,
    /// Whether the session was revoked: one read of the short list of the revoked.
    #[default]
    Denylist,
    /// Whether the session lives: one read of the session and its owner.
    Checked,
}

impl RevocationMode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Stateless, Self::Denylist, Self::Checked];

    /// The form on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stateless => "stateless",
            Self::Denylist => "denylist",
            Self::Checked => "checked",
        }
    }
}

impl fmt::Display for RevocationMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reads the form on the command line; no other spelling.
impl FromStr for RevocationMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.as_str() == text)
            .ok_or_else(|| {
                format!("`{text}` is no revocation mode; use stateless, denylist or checked")
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        for mode in RevocationMode::ALL {
            assert_eq!(mode.to_string().parse(), Ok(mode));
        }
        for text in ["", "Stateless", "none", "denylist "] {
            assert!(text.parse::<RevocationMode>().is_err(), "{text:?}");
        }
    }
}
