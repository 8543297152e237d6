//! First and last names.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use crate::error::{FieldCode, FieldError};

/// A part of a person's name: 1 to 100 code points of any script, without control
/// or text-direction characters, which could forge what a reader sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonName(String);

impl PersonName {
    /// The most code points of a name.
    pub const MAX_LEN: usize = 100;

    /// Parses a name; white space around it is dropped.
    ///
    /// # Errors
    /// Names `field` and what is wrong.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(FieldError::new(
                field,
                FieldCode::Required,
                "A name is needed.",
            ));
        }
        if text.chars().take(Self::MAX_LEN + 1).count() > Self::MAX_LEN {
            let detail = format!("A name has at most {} characters.", Self::MAX_LEN);
            return Err(FieldError::new(field, FieldCode::TooLong, detail));
        }
        if text.chars().any(is_deceptive) {
            return Err(FieldError::new(
                field,
                FieldCode::InvalidCharacters,
                "A name may not hold control characters.",
            ));
        }
        Ok(Self(text.nfc().collect()))
    }

    /// As much of a text of any kind as can be a name. Empty when that is nothing: not
    /// everybody has two names, and providers don't know all of them.
    pub fn tidied(text: &str) -> Self {
        let kept = text.chars().filter(|c| !is_deceptive(*c));
        let kept: String = kept.take(Self::MAX_LEN).collect();
        Self(kept.trim().nfc().collect())
    }

    /// A name that was parsed before it was stored.
    pub fn from_stored(name: String) -> Self {
        Self(name)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trims_and_keeps_any_script() {
        assert_eq!(
            PersonName::parse("first_name", "  Zoë ").unwrap().as_str(),
            "Zoë"
        );
        assert!(PersonName::parse("first_name", "李").is_ok());
    }

    #[test]
    fn refuses_empty_long_and_deceptive() {
        for text in ["", "   ", "a\r\nb", "a\0b", "a\u{202e}b", &"x".repeat(101)] {
            assert!(PersonName::parse("first_name", text).is_err(), "{text:?}");
        }
    }
}
