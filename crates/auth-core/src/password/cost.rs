//! The price of one password guess.

use std::fmt;
use std::str::FromStr;

use argon2::Params;

/// argon2id parameters (RFC 9106): memory in KiB, passes, lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Argon2Cost {
    /// OWASP's first recommendation for argon2id in its Password Storage Cheat Sheet.
    pub const RECOMMENDED: Self = Self {
        memory_kib: 19_456,
        passes: 2,
        lanes: 1,
    };

    /// The most memory of one guess that a setting may ask for: a gibibyte.
    const MOST_MEMORY_KIB: u32 = 1 << 20;
    /// The most passes that a setting may ask for.
    const MOST_PASSES: u32 = 100;

    /// Whether a guess costs less memory or fewer passes than recommended.
    pub fn is_weak(&self) -> bool {
        self.memory_kib < Self::RECOMMENDED.memory_kib || self.passes < Self::RECOMMENDED.passes
    }

    /// Whether a guess costs more than any setting may ask for.
    pub(super) fn is_beyond_bounds(&self) -> bool {
        self.memory_kib > Self::MOST_MEMORY_KIB || self.passes > Self::MOST_PASSES
    }

    /// The time that a guess takes: the blocks of a KiB that it fills.
    pub(super) fn work(&self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.passes)
    }

    /// The parameters as the argon2 crate wants them.
    pub(super) fn params(&self) -> Result<Params, argon2::Error> {
        Params::new(
            self.memory_kib,
            self.passes,
            self.lanes,
            Some(super::hash::OUTPUT_LEN),
        )
    }
}

impl Default for Argon2Cost {
    fn default() -> Self {
        Self::RECOMMENDED
    }
}

impl fmt::Display for Argon2Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "m={},t={},p={}",
            self.memory_kib, self.passes, self.lanes
        )
    }
}

/// Reads `m=19456,t=2,p=1`.
impl FromStr for Argon2Cost {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("`{text}` is not of the form m=19456,t=2,p=1");
        let mut parts = text.split(',');
        let mut part = |name: &str| {
            let value = parts.next()?.strip_prefix(name)?.strip_prefix('=')?;
            value.parse().ok()
        };
        let cost = match (part("m"), part("t"), part("p")) {
            (Some(memory_kib), Some(passes), Some(lanes)) if parts.next().is_none() => Self {
                memory_kib,
                passes,
                lanes,
            },
            _ => return Err(form()),
        };
        cost.params().map_err(|e| format!("`{text}`: {e}"))?;
        if cost.is_beyond_bounds() {
            let (memory, passes) = (Self::MOST_MEMORY_KIB, Self::MOST_PASSES);
            return Err(format!(
                "`{text}`: use m up to {memory} (KiB) and t up to {passes}"
            ));
        }
        Ok(cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let text = Argon2Cost::default().to_string();
        assert_eq!(text, "m=19456,t=2,p=1");
        assert_eq!(text.parse(), Ok(Argon2Cost::default()));
    }

    #[test]
    fn refuses_anything_else() {
        for text in [
            "",
            "m=1",
            "m=19456,t=2",
            "t=2,m=19456,p=1",
            "m=19456,t=2,p=1,x=1",
            "m=1,t=1,p=1",
        ] {
            assert!(text.parse::<Argon2Cost>().is_err(), "{text}");
        }
    }
}
