//! Usernames: what a person signs in with and is shown as.

use std::fmt;

use caseless::default_case_fold_str;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_security::confusable_detection::skeleton;
use unicode_security::general_security_profile::IdentifierType;
use unicode_security::{GeneralSecurityProfile as _, MixedScript as _};

use crate::error::{FieldCode, FieldError};
use crate::text::trimmed;

/// 3 to 32 letters, digits, `_`, `.` or `-` of one script, with the marks that its words are
/// written with.
///
/// Compared case-folded through [`key`](Self::key), and as they look through
/// [`skeleton`](Self::skeleton). Mixed scripts and names of another script that can be read
/// as Latin are refused (Unicode TR 39).
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

    /// Parses a username after NFKC normalisation; blanks around it are dropped.
    ///
    /// # Errors
    /// Names `field` and what is wrong.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let refuse = |code, detail: &str| Err(FieldError::new(field, code, detail));
        let Some(name) = normalised(text) else {
            return refuse(FieldCode::TooLong, "A username has at most 32 characters.");
        };
        match name.chars().count() {
            0 => return refuse(FieldCode::Required, "A username is needed."),
            n if n < Self::MIN_LEN => {
                return refuse(FieldCode::TooShort, "A username has at least 3 characters.");
            }
            n if n > Self::MAX_LEN => {
                return refuse(FieldCode::TooLong, "A username has at most 32 characters.");
            }
            _ => {}
        }
        if !is_written_well(&name) {
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

    /// The username that somebody may mean who signs in: normalised, but held to no rule,
    /// so that names from before a rule are found. `None` for what is too long for any, and
    /// for control characters, which no rule ever allowed and not every store can look up.
    pub fn meant(text: &str) -> Option<Self> {
        let name = normalised(text).filter(|name| !name.contains(char::is_control));
        name.map(Self::from_stored)
    }

    /// A username made from a text of any kind: the characters of it that may stand in a
    /// username, as many as leave room for `suffix`, then `suffix`.
    pub fn derived_from(text: &str, suffix: &str) -> Option<Self> {
        let room = Self::MAX_LEN.saturating_sub(suffix.chars().count());
        let source = text.chars().take(Self::MAX_LEN * 4).collect::<String>();
        let kept = source
            .nfkc()
            .filter(|c| is_letter(*c) || is_mark(*c) || is_separator(*c));
        let begun = kept.skip_while(|c| is_mark(*c)).take(room);
        let name: String = begun.chain(suffix.chars()).collect();
        Self::parse("username", &name).ok()
    }

    /// A name that was parsed before it was stored.
    pub fn from_stored(name: String) -> Self {
        if name.is_ascii() {
            // What the rest comes to for most names, without its work.
            let key = name.to_ascii_lowercase();
            return Self { name, key };
        }
        let seen: String = name.chars().filter(|c| !is_joiner(*c)).collect();
        let key = default_case_fold_str(&seen).nfkc().collect();
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

    /// What the name looks like: names that can be mistaken for each other have the same
    /// skeleton (Unicode TR 39, 4), also where capital letters are what makes them alike,
    /// as in `PayPaI`. Of such names one account can have one only.
    pub fn skeleton(&self) -> String {
        let seen: String = self.name.chars().filter(|c| !is_joiner(*c)).collect();
        let folded = default_case_fold_str(&skeleton(&seen).collect::<String>());
        skeleton(&folded).collect()
    }
}

/// A text as a name would be kept; `None` when it is too long to be one.
fn normalised(text: &str) -> Option<String> {
    let text = trimmed(text);
    // An NFKC form is never more than 18 times as long as its source, so a bound on the
    // source bounds the work.
    let most = Username::MAX_LEN * 4;
    (text.chars().take(most + 1).count() <= most).then(|| text.nfkc().collect())
}

/// Whether a name has a letter or a digit, and marks only where scripts write them: behind a
/// letter, few at a time, each once (Unicode TR 39, 5.4).
fn is_written_well(name: &str) -> bool {
    const MAX_MARKS: usize = 4;
    let mut marks: Vec<char> = vec![];
    let mut before = None;
    for c in name.chars() {
        let fits = if is_mark(c) {
            marks.push(c);
            before.is_some_and(|before| !is_separator(before))
                && marks.len() <= MAX_MARKS
                && !marks[..marks.len() - 1].contains(&c)
        } else if is_joiner(c) {
            before.is_some_and(is_virama)
        } else {
            marks.clear();
            is_letter(c) || is_separator(c)
        };
        if !fits {
            return false;
        }
        before = Some(c);
    }
    name.chars().any(is_letter) && !before.is_some_and(is_joiner)
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() && c.identifier_allowed() && !is_combining_mark(c)
}

/// A mark that words are written with: those that TR 39 allows, and the points of vocalised
/// Hebrew, which it calls uncommon.
fn is_mark(c: char) -> bool {
    let uncommon = || c.identifier_type() == Some(IdentifierType::Uncommon_Use);
    is_combining_mark(c) && (c.identifier_allowed() || uncommon())
}

fn is_separator(c: char) -> bool {
    matches!(c, '_' | '.' | '-')
}

/// What joins or keeps apart the letters around it, and shows nothing itself; scripts that
/// need it need it behind a virama (UAX 31, 2.3.1).
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

fn is_virama(c: char) -> bool {
    canonical_combining_class(c) == 9
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
    fn accepts_the_marks_that_words_are_written_with() {
        for text in [
            "नमस्ते",
            "தமிழ்",
            "ก้อง",
            "น้ำ",
            "বাংলা",
            "ಕನ್ನಡ",
            "မြန်မာ",
            "ကြောင့်",
            "മലയാളം",
            "ශ්\u{200d}රී",
            "ខ្មែរ",
            "ລາວລາວ",
            "مُحَمَّد",
            "שָׁלוֹם",
            "ẹ\u{301}bùn",
            "김철수",
            "さくら太郎",
        ] {
            assert!(parse(text).is_ok(), "{text:?}: {:?}", parse(text));
        }
    }

    #[test]
    fn refuses_marks_that_stand_alone_or_pile_up() {
        let zalgo = format!("ada{}", "\u{301}\u{302}\u{303}\u{304}\u{308}\u{30a}\u{30c}");
        for text in [
            "\u{301}ada",
            "a_\u{301}d",
            "क्\u{94d}क",
            zalgo.as_str(),
            "a\u{200d}da",
            "क्षत\u{200d}",
        ] {
            let code = parse(text).unwrap_err().code;
            assert_eq!(code, FieldCode::InvalidCharacters, "{text:?}");
        }
    }

    #[test]
    fn refuses_names_with_nothing_to_read() {
        for text in [
            "___",
            ".-.",
            "\u{3164}\u{3164}\u{3164}",
            "\u{200b}\u{200b}\u{200b}",
            "   ",
        ] {
            assert!(parse(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn blanks_around_a_name_are_dropped() {
        assert_eq!(parse(" ada\u{a0}\u{200b}").unwrap().as_str(), "ada");
        assert_eq!(Username::meant("Ada ").unwrap().key(), "ada");
    }

    #[test]
    fn a_name_from_before_a_rule_can_still_be_meant() {
        assert_eq!(Username::meant(" ___ ").unwrap().key(), "___");
        assert!(Username::meant(&"x".repeat(129)).is_none());
    }

    #[test]
    fn lookalikes_share_a_skeleton() {
        let skeleton = |text: &str| parse(text).unwrap().skeleton();
        for (one, other) in [
            ("paypal", "PayPaI"),
            ("paypal", "paypa1"),
            ("modern", "rnodern"),
            ("root", "r00t"),
            ("ADA", "ada"),
            ("ශ්\u{200d}රී", "ශ්රී"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} and {other}");
        }
        assert_ne!(skeleton("ada"), skeleton("eda"));
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
