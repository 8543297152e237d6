//! All languages, and which of them somebody reads.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::error::TextError;
use crate::file::{LANGUAGES, is_absent, is_left_over, replacements, texts};
use crate::words::Words;

/// The words of all languages there are, the one for everybody else first.
#[derive(Clone, Debug)]
pub struct Catalogue {
    default: Words,
    others: Vec<Words>,
}

static BUILT_IN: LazyLock<Vec<Words>> = LazyLock::new(|| {
    let mut all: Vec<Words> = vec![];
    for file in LANGUAGES {
        // A test reads them all, so that none is ever passed over.
        let own = texts(Path::new(file.path), file.source).unwrap_or_default();
        let english = all.first().cloned().unwrap_or_default();
        all.push(Words::over(file.language, own, &english));
    }
    all
});

impl Catalogue {
    /// The built-in words, English for everybody who reads none of the others.
    pub fn built_in() -> Self {
        Self::of(BUILT_IN.clone(), 0)
    }

    /// The built-in words, with those of an operator in their place: files `lang/TAG.toml` in
    /// this folder, also of other languages. `default` is the language of everybody who reads
    /// none of them.
    ///
    /// # Errors
    /// A file that can't be read or is wrong, or a default that is no language there is words
    /// of.
    pub fn load(folder: Option<&Path>, default: &str) -> Result<Self, TextError> {
        let mut all = BUILT_IN.clone();
        for (tag, file) in folder.map(files).transpose()?.unwrap_or_default() {
            let source = fs::read_to_string(&file).map_err(|error| {
                TextError::at(&file, None, format!("it can't be read: {error}"))
            })?;
            let english = BUILT_IN.first().cloned().unwrap_or_default();
            let own = replacements(&file, &source, &english)?;
            match all.iter_mut().find(|words| words.language() == tag) {
                Some(words) => *words = Words::over(&tag, own, words),
                None => all.push(Words::over(&tag, own, &english)),
            }
        }
        let Some(at) = all.iter().position(|words| is(words, default)) else {
            let known: Vec<&str> = all.iter().map(Words::language).collect();
            return Err(TextError::new(format!(
                "--language `{default}` has no words here; give one of {}, or put lang/{default}.toml \
                 into the folder of --templates",
                known.join(", ")
            )));
        };
        Ok(Self::of(all, at))
    }

    fn of(mut all: Vec<Words>, default: usize) -> Self {
        let default = all.remove(default);
        Self {
            default,
            others: all,
        }
    }

    /// The first of these languages that there are words of, each with or without its region;
    /// the default if there is none.
    pub fn pick<'a>(&self, wanted: impl IntoIterator<Item = &'a str>) -> &Words {
        let found = wanted.into_iter().find_map(|tag| self.find(tag));
        found.unwrap_or(&self.default)
    }

    fn find(&self, tag: &str) -> Option<&Words> {
        let language = tag.split('-').next().unwrap_or(tag);
        let of = |tag: &str| self.all().find(|words| is(words, tag));
        of(tag).or_else(|| of(language))
    }

    /// The words of every language, the default first.
    pub fn all(&self) -> impl Iterator<Item = &Words> {
        std::iter::once(&self.default).chain(&self.others)
    }
}

/// Tags of languages are the same in upper and lower case (RFC 5646, 2.1.1).
fn is(words: &Words, tag: &str) -> bool {
    words.language().eq_ignore_ascii_case(tag)
}

/// The files of words in a folder of templates, by the tags they are named after.
fn files(folder: &Path) -> Result<BTreeMap<String, PathBuf>, TextError> {
    let folder = folder.join("lang");
    let unreadable =
        |error: io::Error| TextError::at(&folder, None, format!("it can't be read: {error}"));
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if is_absent(&folder, &error) => return Ok(BTreeMap::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut files = BTreeMap::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if is_left_over(&name) {
            continue;
        }
        let Some(tag) = name.strip_suffix(".toml").filter(|tag| is_tag(tag)) else {
            let what = "nothing reads a file of this name; words are in files named after their \
                        language, such as de.toml or de-AT.toml";
            return Err(TextError::at(&path, None, what));
        };
        files.insert(tag.to_owned(), path.clone());
    }
    Ok(files)
}

/// Whether this can be the tag of a language (RFC 5646, 2.1).
fn is_tag(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
    text.split('-').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built_in(n: usize) -> BTreeMap<String, String> {
        texts(Path::new(LANGUAGES[n].path), LANGUAGES[n].source).unwrap()
    }

    #[test]
    fn every_language_has_the_same_keys_and_names() {
        let english = built_in(0);
        assert!(english.len() > 400);
        for (n, language) in LANGUAGES.iter().enumerate() {
            let own = built_in(n);
            let keys = |texts: &BTreeMap<String, String>| texts.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(&own), keys(&english), "{}", language.path);
            for (key, text) in &own {
                let names = |text| {
                    let mut names = Words::places(text);
                    names.sort_unstable();
                    names.dedup();
                    names
                };
                let path = language.path;
                assert_eq!(names(text), names(&english[key]), "{path}: {key}");
                assert!(!text.trim().is_empty(), "{path}: {key}");
            }
        }
    }

    #[test]
    fn the_best_language_there_is_is_picked() {
        let catalogue = Catalogue::built_in();
        for (wanted, picked) in [
            (&["de-AT", "en"][..], "de"),
            (&["fr", "DE"], "de"),
            (&["fr"], "en"),
            (&[], "en"),
            (&["", "-", "x-de"], "en"),
        ] {
            let words = catalogue.pick(wanted.iter().copied());
            assert_eq!(words.language(), picked, "{wanted:?}");
        }
    }

    #[test]
    fn an_operator_replaces_words_and_adds_languages() {
        let folder = tempfile::tempdir().unwrap();
        let lang = folder.path().join("lang");
        fs::create_dir(&lang).unwrap();
        fs::write(lang.join("de.toml"), "[home]\nhello = \"Moin, {name}\"\n").unwrap();
        fs::write(
            lang.join("fr.toml"),
            "[home]\nhello = \"Bonjour, {name}\"\n",
        )
        .unwrap();
        let catalogue = Catalogue::load(Some(folder.path()), "fr").unwrap();
        let hello = |tag| catalogue.pick([tag]).fill("home.hello", &[("name", "Ada")]);
        assert_eq!(hello("de"), "Moin, Ada");
        assert_eq!(hello("xx"), "Bonjour, Ada");
        assert_eq!(hello("en"), "Hello, Ada");
        let words = |tag| catalogue.pick([tag]).text("nav.sign_out").to_owned();
        assert_eq!(
            (words("de"), words("fr")),
            ("Abmelden".into(), "Sign out".into())
        );
    }

    #[test]
    fn a_file_that_no_language_is_named_after_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let lang = folder.path().join("lang");
        fs::create_dir(&lang).unwrap();
        for name in ["de.toml~", ".de.toml.swp", "de.toml"] {
            fs::write(lang.join(name), "").unwrap();
        }
        Catalogue::load(Some(folder.path()), "en").unwrap();
        for name in ["de.tml", "de_AT.toml", "README"] {
            let file = lang.join(name);
            fs::write(&file, "").unwrap();
            let loaded = Catalogue::load(Some(folder.path()), "en");
            fs::remove_file(&file).unwrap();
            let told = loaded.unwrap_err().to_string();
            assert!(told.contains(name) && told.contains("de.toml"), "{told}");
        }
    }

    #[test]
    fn a_default_without_words_is_refused() {
        let refused = Catalogue::load(None, "fr").unwrap_err().to_string();
        assert!(refused.starts_with("--language `fr` has no words here; give one of en, de"));
    }
}
