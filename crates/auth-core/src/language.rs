//! The languages that people read.

use std::fmt;

use crate::error::{FieldCode, FieldError};

/// A language as people choose it: a tag of BCP 47 (RFC 5646) such as `de` or `pt-BR`, written the
/// way 2.1.1 recommends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language(String);

/// The longest tag: RFC 5646, 4.4.1 asks for room for 35 characters.
const MAX_LENGTH: usize = 35;

/// How many languages of one reader matter.
const MAX_WISHES: usize = 5;

impl Language {
    /// Reads a tag.
    ///
    /// # Errors
    /// Names `field` and the form.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let detail = "A language is a tag such as en, de or pt-BR.";
        let invalid = || FieldError::new(field, FieldCode::InvalidFormat, detail);
        Self::from_tag(text).ok_or_else(invalid)
    }

    /// A tag, if it is one.
    pub fn from_tag(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let language = parts.next().filter(|part| matches!(part.len(), 2..=3))?;
        let is_letters = language.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !is_letters || text.len() > MAX_LENGTH {
            return None;
        }
        let mut tag = language.to_ascii_lowercase();
        for part in parts {
            let is_part = matches!(part.len(), 1..=8);
            if !is_part || !part.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return None;
            }
            tag = format!("{tag}-{}", as_recommended(part));
        }
        Some(Self(tag))
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Regions in capitals, scripts with one, all else in small letters.
fn as_recommended(part: &str) -> String {
    match part.len() {
        2 => part.to_ascii_uppercase(),
        4 => {
            let (first, rest) = part.split_at(1);
            first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
        }
        _ => part.to_ascii_lowercase(),
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What somebody would like to read, the best first; a few of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Languages(Vec<Language>);

tokio::task_local! {
    static ASKED: Languages;
}

impl Languages {
    /// The first few of these that are languages.
    pub fn of<'a>(tags: impl IntoIterator<Item = &'a str>) -> Self {
        let known = tags.into_iter().filter_map(Language::from_tag);
        Self(known.take(MAX_WISHES).collect())
    }

    /// The stored form; none where nothing is known.
    pub fn to_stored(&self) -> Option<String> {
        let tags: Vec<&str> = self.tags().collect();
        (!tags.is_empty()).then(|| tags.join(","))
    }

    /// Reads the stored form.
    pub fn from_stored(text: Option<&str>) -> Self {
        Self::of(text.unwrap_or_default().split(','))
    }

    /// The tags, the best first.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Language::as_str)
    }

    /// The same, with a language before all others where there is one.
    #[must_use]
    pub fn after(self, first: Option<&Language>) -> Self {
        let first = first.into_iter().cloned();
        Self(first.chain(self.0).take(MAX_WISHES).collect())
    }

    /// These first, then those.
    #[must_use]
    pub fn then(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self.0.truncate(MAX_WISHES);
        self
    }

    /// Those of the request that is being served; none outside of any. Mails that it brings
    /// about are written in them.
    pub fn asked() -> Self {
        ASKED.try_with(Clone::clone).unwrap_or_default()
    }

    /// Runs a future as part of a request of somebody who reads these.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        ASKED.scope(self, future).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_written_as_recommended_and_others_refused() {
        for (text, tag) in [
            ("de", "de"),
            ("DE-at", "de-AT"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("gsw", "gsw"),
        ] {
            assert_eq!(Language::parse("language", text).unwrap().as_str(), tag);
        }
        for bad in ["", "d", "deutsch", "d3", "de-", "de_AT", "de-ü", "de\r\n"] {
            let refused = Language::parse("language", bad).unwrap_err();
            assert_eq!(refused.code, FieldCode::InvalidFormat, "{bad:?}");
        }
        assert!(Language::from_tag(&format!("de{}", "-abc".repeat(9))).is_none());
    }

    #[test]
    fn wishes_are_kept_in_their_order_and_a_few() {
        let wishes = Languages::of(["fr-CH", "*", "fr", "en", "de", "it", "es"]);
        let stored = wishes.to_stored().unwrap();
        assert_eq!(stored, "fr-CH,fr,en,de,it");
        assert_eq!(Languages::from_stored(Some(&stored)), wishes);
        let german = Language::from_tag("de");
        let first = wishes.after(german.as_ref());
        assert_eq!(first.to_stored().unwrap(), "de,fr-CH,fr,en,de");
        assert_eq!(Languages::from_stored(None), Languages::default());
        assert_eq!(Languages::default().to_stored(), None);
    }

    #[tokio::test]
    async fn a_request_has_its_languages_and_nothing_else_any() {
        let german = Languages::of(["de"]);
        let asked = german.clone().scope(async { Languages::asked() }).await;
        assert_eq!(asked, german);
        assert_eq!(Languages::asked(), Languages::default());
    }
}
