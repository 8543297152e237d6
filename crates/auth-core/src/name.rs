//! First and last names.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use crate::error::{FieldCode, FieldError};
use crate::text::is_visible;

/// A part of a person's name: 1 to 100 code points of any script, something of it to be seen,
/// without control characters and without overrides of the text's direction, which could
/// forge what a reader sees. Marks of direction may stand in names of scripts that run from
/// right to left, where keyboards put them.
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
        let name = Self::optional(field, text)?;
        if name.0.is_empty() {
            let detail = "A name is needed.";
            return Err(FieldError::new(field, FieldCode::Required, detail));
        }
        Ok(name)
    }

    /// Parses a name that not everybody has; an empty text is an empty name.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn optional(field: &'static str, text: &str) -> Result<Self, FieldError> {
        // What is kept is counted: composing makes some texts longer.
        let text: String = text.trim().nfc().collect();
        if text.chars().take(Self::MAX_LEN + 1).count() > Self::MAX_LEN {
            let detail = format!("A name has at most {} characters.", Self::MAX_LEN);
            return Err(FieldError::new(field, FieldCode::TooLong, detail));
        }
        let refuse = |detail| Err(FieldError::new(field, FieldCode::InvalidCharacters, detail));
        if text.chars().any(deceptive(&text)) {
            return refuse("A name may not hold control characters.");
        }
        if !text.is_empty() && !is_visible(&text) {
            return refuse("A name has something to be seen.");
        }
        Ok(Self(text))
    }

    /// As much of a text of any kind as can be a name. Empty when that is nothing: not
    /// everybody has two names, and providers don't know all of them.
    pub fn tidied(text: &str) -> Self {
        let is_deceptive = deceptive(text);
        let kept = text.chars().filter(|c| !is_deceptive(*c));
        let kept: String = kept.nfc().take(Self::MAX_LEN).collect();
        let seen = Some(kept.trim()).filter(|name| is_visible(name));
        Self(seen.unwrap_or_default().to_owned())
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

/// Tells the characters that a name may not hold.
fn deceptive(name: &str) -> impl Fn(char) -> bool + use<> {
    let marks_may_stand = name.chars().any(is_right_to_left);
    move |c| match c {
        '\u{61c}' | '\u{200e}' | '\u{200f}' => !marks_may_stand,
        '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => c.is_control(),
    }
}

/// Whether a character is of a script that runs from right to left: Hebrew, Arabic, Syriac,
/// Thaana, N'Ko and the others whose blocks lie among theirs.
fn is_right_to_left(c: char) -> bool {
    matches!(c,
        '\u{5be}'..='\u{61b}' | '\u{61d}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
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
    fn marks_of_direction_stand_in_names_from_right_to_left_only() {
        for text in ["\u{200f}שרה", "מרים\u{200e} (Miriam)", "\u{61c}فاطمة"] {
            assert!(PersonName::parse("first_name", text).is_ok(), "{text:?}");
            assert!(PersonName::parse("first_name", &format!("{text}\u{202e}")).is_err());
            assert!(PersonName::parse("first_name", &format!("\u{2067}{text}")).is_err());
        }
        assert!(PersonName::parse("first_name", "Ada\u{200f}").is_err());
        assert_eq!(PersonName::tidied("Ada\u{200f}").as_str(), "Ada");
    }

    #[test]
    fn a_name_has_something_to_be_seen() {
        for text in ["\u{200b}", "\u{3164}\u{2060}", "\u{301}", "\u{2800}"] {
            for parse in [PersonName::parse, PersonName::optional] {
                let code = parse("last_name", text).unwrap_err().code;
                assert_eq!(code, FieldCode::InvalidCharacters, "{text:?}");
            }
            assert_eq!(PersonName::tidied(text).as_str(), "");
        }
        assert_eq!(PersonName::optional("last_name", " ").unwrap().as_str(), "");
    }

    #[test]
    fn what_is_kept_is_counted() {
        // One code point that composing makes two.
        let name = |n| PersonName::parse("first_name", &"\u{958}".repeat(n));
        assert_eq!(name(51).unwrap_err().code, FieldCode::TooLong);
        let longest = name(50).unwrap();
        assert_eq!(
            PersonName::parse("first_name", longest.as_str()).unwrap(),
            longest
        );
    }

    #[test]
    fn refuses_empty_long_and_deceptive() {
        for text in ["", "   ", "a\r\nb", "a\0b", "a\u{202e}b", &"x".repeat(101)] {
            assert!(PersonName::parse("first_name", text).is_err(), "{text:?}");
        }
    }
}
