//! All languages, and which of them somebody reads.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::error::TextError;
use crate::file::{LANGUAGES, replacements, texts};
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
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => {
            return Err(TextError::at(
                &folder,
                None,
                format!("it can't be read: {error}"),
            ));
        }
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let named = paths.filter(|path| path.extension().is_some_and(|end| end == "toml"));
    let tagged = named.filter_map(|path| {
        let tag = path.file_stem()?.to_str()?.to_owned();
        Some((tag, path))
    });
    Ok(tagged.collect())
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
    fn a_default_without_words_is_refused() {
        let refused = Catalogue::load(None, "fr").unwrap_err().to_string();
        assert!(refused.starts_with("--language `fr` has no words here; give one of en, de"));
    }
}
