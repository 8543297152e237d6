//! Files of words: TOML, a table for each part of the pages and each mail, with a text for each
//! key in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use toml::Spanned;

use crate::error::{TextError, line_of};
use crate::words::Words;

/// A file of words that is built in.
#[derive(Clone, Copy, Debug)]
pub struct LanguageFile {
    /// The tag of the language.
    pub language: &'static str,
    /// Its place in a folder of templates.
    pub path: &'static str,
    /// What it says.
    pub source: &'static str,
}

/// The languages that are built in. English stands behind all others.
pub const LANGUAGES: [LanguageFile; 2] = [
    LanguageFile {
        language: "en",
        path: "lang/en.toml",
        source: include_str!("../lang/en.toml"),
    },
    LanguageFile {
        language: "de",
        path: "lang/de.toml",
        source: include_str!("../lang/de.toml"),
    },
];

/// Whether a file in a folder of templates is nobody's: hidden, as what Kubernetes keeps beside a
/// mounted file is, or the backup of an editor.
pub fn is_left_over(name: &str) -> bool {
    const ENDS: [&str; 4] = ["~", "#", ".bak", ".orig"];
    name.starts_with('.') || name == "lost+found" || ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether a file that can't be read is not there at all: a symbolic link that leads nowhere is
/// somebody's mistake.
pub(crate) fn is_absent(path: &Path, error: &io::Error) -> bool {
    error.kind() == ErrorKind::NotFound && fs::symlink_metadata(path).is_err()
}

type Tables = BTreeMap<String, BTreeMap<String, Spanned<String>>>;

/// The texts of a file, by `table.key`.
pub(crate) fn texts(file: &Path, source: &str) -> Result<BTreeMap<String, String>, TextError> {
    let texts = parse(file, source)?.into_iter();
    Ok(texts.map(|(key, (_, text))| (key, text)).collect())
}

/// The texts of a file that stand in the place of built-in ones: each has a key that is looked
/// up, and holds no name in braces that nothing is put in for.
pub(crate) fn replacements(
    file: &Path,
    source: &str,
    english: &Words,
) -> Result<BTreeMap<String, String>, TextError> {
    let mut texts = BTreeMap::new();
    for (key, (at, text)) in parse(file, source)? {
        let refuse = |what: String| Err(TextError::at(file, Some(line_of(source, at)), what));
        let Some(original) = english.get(&key) else {
            return refuse(format!(
                "nothing looks `{key}` up; take it out, or name it like one of the built-in texts \
                 (`authctl templates export` writes them)"
            ));
        };
        let known: BTreeSet<&str> = Words::places(original).into_iter().collect();
        if let Some(name) = Words::places(&text)
            .into_iter()
            .find(|n| !known.contains(n))
        {
            return refuse(format!(
                "nothing is put in for `{{{name}}}` in `{key}`; {}",
                offered(&known)
            ));
        }
        if key.ends_with(".subject") && text.chars().any(char::is_control) {
            return refuse(format!("the subject `{key}` has to be one line"));
        }
        texts.insert(key, text);
    }
    Ok(texts)
}

fn offered(known: &BTreeSet<&str>) -> String {
    match known.is_empty() {
        true => "leave it out".to_owned(),
        false => {
            let names: Vec<String> = known.iter().map(|name| format!("`{{{name}}}`")).collect();
            format!("there is {}", names.join(", "))
        }
    }
}

/// The texts of a file with the byte that each begins at.
fn parse(file: &Path, source: &str) -> Result<BTreeMap<String, (usize, String)>, TextError> {
    let tables: Tables = toml::from_str(source).map_err(|error| {
        let line = error.span().map(|span| line_of(source, span.start));
        TextError::at(file, line, error.message().trim_end_matches('.'))
    })?;
    let texts = tables.into_iter().flat_map(|(table, texts)| {
        texts.into_iter().map(move |(key, text)| {
            let at = text.span().start;
            (format!("{table}.{key}"), (at, text.into_inner()))
        })
    });
    Ok(texts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(source: &str) -> String {
        let english = texts(Path::new("en.toml"), LANGUAGES[0].source).unwrap();
        let english = Words::over("en", english, &Words::default());
        let refused = replacements(Path::new("de.toml"), source, &english);
        refused.unwrap_err().to_string()
    }

    #[test]
    fn backups_of_editors_are_left_over() {
        for name in [
            ".page.html.swp",
            "..data",
            "page.html~",
            "#de.toml#",
            "de.toml.bak",
        ] {
            assert!(is_left_over(name), "{name}");
        }
        for name in ["page.html", "de.toml", "de.tml"] {
            assert!(!is_left_over(name), "{name}");
        }
    }

    #[test]
    fn a_fault_is_told_with_its_line_and_a_remedy() {
        let unknown = refusal("[home]\nlead = \"x\"\nleed = \"y\"\n");
        assert!(unknown.starts_with("de.toml, line 3: nothing looks `home.leed` up; take it out"));
        let name = refusal("[home]\nhello = \"Hallo {nam}\"\n");
        assert_eq!(
            name,
            "de.toml, line 2: nothing is put in for `{nam}` in `home.hello`; there is `{name}`"
        );
        let syntax = refusal("[home]\nhello = Hallo\n");
        assert!(syntax.starts_with("de.toml, line 2: "), "{syntax}");
        let subject = refusal("[mail_reset]\nsubject = \"a\\r\\nBcc: b\"\n");
        assert!(subject.contains("has to be one line"), "{subject}");
    }
}
