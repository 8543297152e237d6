//! Usernames: what a person signs in with and is shown as.

use std::fmt;

use caseless::default_case_fold_str;
use unicode_normalization::UnicodeNormalization as _;
use unicode_security::confusable_detection::skeleton;
use unicode_security::{GeneralSecurityProfile as _, MixedScript as _};

use crate::error::{FieldCode, FieldError};

/// 3 to 32 letters, digits, `_`, `.` or `-` of one script.
///
/// Compared case-folded through [`key`](Self::key). Mixed scripts and names of another
/// script that can be read as Latin are refused (Unicode TR 39).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    name: String,
    key: String,
}

impl Username {
    /// The fewest code points of a username.
    pub const MIN_LEN: usize = 3;
    /// The most code points of a username.
    pub const MAX_LEN: usize = 32;

    /// Parses a username after NFKC normalisation.
    ///
    /// # Errors
    /// Names `field` and what is wrong.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let refuse = |code, detail: &str| Err(FieldError::new(field, code, detail));
        if text.is_empty() {
            return refuse(FieldCode::Required, "A username is needed.");
        }
        // An NFKC form is never more than 18 times as long as its source, so a bound
        // on the source bounds the work.
        if text.chars().take(Self::MAX_LEN * 4 + 1).count() > Self::MAX_LEN * 4 {
            return refuse(FieldCode::TooLong, "A username has at most 32 characters.");
        }
        let name: String = text.nfkc().collect();
        match name.chars().count() {
            n if n < Self::MIN_LEN => {
                return refuse(FieldCode::TooShort, "A username has at least 3 characters.");
            }
            n if n > Self::MAX_LEN => {
                return refuse(FieldCode::TooLong, "A username has at most 32 characters.");
            }
            _ => {}
        }
        if !name.chars().all(allowed) {
            return refuse(
                FieldCode::InvalidCharacters,
                "A username may hold letters, digits, underscores, dots and hyphens.",
            );
        }
        if !name.is_single_script() {
            return refuse(
                FieldCode::Confusable,
                "A username may not mix several scripts.",
            );
        }
        if !name.is_ascii() && skeleton(&name).all(|c| c.is_ascii()) {
            return refuse(
                FieldCode::Confusable,
                "This username can be mistaken for another one.",
            );
        }
        Ok(Self::from_stored(name))
    }

    /// A username made from a text of any kind: the characters of it that may stand in a
    /// username, as many as leave room for `suffix`, then `suffix`.
    pub fn derived_from(text: &str, suffix: &str) -> Option<Self> {
        let room = Self::MAX_LEN.saturating_sub(suffix.chars().count());
        let source = text.chars().take(Self::MAX_LEN * 4).collect::<String>();
        let kept = source.nfkc().filter(|c| allowed(*c)).take(room);
        let name: String = kept.chain(suffix.chars()).collect();
        Self::parse("username", &name).ok()
    }

    /// A name that was parsed before it was stored.
    pub fn from_stored(name: String) -> Self {
        let key = default_case_fold_str(&name).nfkc().collect();
        Self { name, key }
    }

    /// The name as its owner wrote it.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The case-folded form under which the name is unique.
    pub fn key(&self) -> &str {
        &self.key
    }
}

fn allowed(c: char) -> bool {
    matches!(c, '_' | '.' | '-') || (c.is_alphanumeric() && c.identifier_allowed())
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Username, FieldError> {
        Username::parse("username", text)
    }

    #[test]
    fn accepts_names_of_one_script() {
        for text in [
            "ada",
            "Ada_Lovelace-1815.x",
            "jürgen",
            "владимир",
            "さくら",
            "a".repeat(32).as_str(),
        ] {
            assert!(parse(text).is_ok(), "{text:?} was refused");
        }
    }

    #[test]
    fn compares_case_folded() {
        assert_eq!(parse("ADA").unwrap().key(), parse("ada").unwrap().key());
        assert_eq!(parse("ＡＤＡ").unwrap().key(), "ada");
        assert_eq!(
            parse("STRASSE").unwrap().key(),
            parse("straße").unwrap().key()
        );
    }

    #[test]
    fn refuses_lookalikes_and_mixtures() {
        // Cyrillic letters inside, and a wholly Cyrillic word that reads as Latin.
        for text in ["аdmin", "pаypal", "сосо"] {
            assert_eq!(
                parse(text).unwrap_err().code,
                FieldCode::Confusable,
                "{text:?}"
            );
        }
    }

    #[test]
    fn refuses_the_wrong_length_or_alphabet() {
        let long = "a".repeat(33);
        for text in [
            "",
            "ab",
            long.as_str(),
            "a@b.c",
            "a b c",
            "a\nbc",
            "a/bc",
            "a\u{202e}bc",
            "💩💩💩",
        ] {
            assert!(parse(text).is_err(), "{text:?} was accepted");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_idempotent(text in "\\PC{0,40}") {
            if let Ok(name) = parse(&text) {
                prop_assert_eq!(parse(name.as_str()).unwrap(), name.clone());
                prop_assert!(!name.as_str().contains('@'));
            }
        }
    }
}
