//! The words of one language.

use std::collections::BTreeMap;

/// The words of one language. Texts that it lacks are those of the language behind it.
#[derive(Clone, Debug, Default)]
pub struct Words {
    language: String,
    texts: BTreeMap<String, String>,
}

impl Words {
    /// These texts, over others.
    pub(crate) fn over(language: &str, texts: BTreeMap<String, String>, behind: &Self) -> Self {
        let mut all = behind.texts.clone();
        all.extend(texts);
        Self {
            language: language.to_owned(),
            texts: all,
        }
    }

    /// The tag of the language (BCP 47), such as `de`.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// The text of this key; the key itself where there is none, which a test of whoever looks
    /// it up finds.
    pub fn text<'a>(&'a self, key: &'a str) -> &'a str {
        self.get(key).unwrap_or(key)
    }

    /// The text of this key, where there is one.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    /// The text of this key, with values in the place of their names in braces. What is put in
    /// is not looked through for names again.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut filled = String::new();
        let mut rest = self.text(key);
        while let Some((before, name, after)) = next_place(rest) {
            filled.push_str(before);
            let value = values.iter().find(|(known, _)| *known == name);
            filled.push_str(value.map_or("", |(_, value)| value));
            rest = after;
        }
        filled + rest
    }

    /// A number of things, by the text for one or for several.
    pub fn count(&self, key: &str, count: u64) -> String {
        let form = if count == 1 { "one" } else { "other" };
        self.fill(&format!("{key}_{form}"), &[("count", &count.to_string())])
    }

    /// Every key with its text.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let texts = self.texts.iter();
        texts.map(|(key, text)| (key.as_str(), text.as_str()))
    }

    /// The names in braces in a text, each as often as it stands there.
    pub fn places(text: &str) -> Vec<&str> {
        let mut names = vec![];
        let mut rest = text;
        while let Some((_, name, after)) = next_place(rest) {
            names.push(name);
            rest = after;
        }
        names
    }
}

/// What stands before the next name in braces, the name, and what stands behind it.
fn next_place(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + text.get(from..)?.find('{')?;
        let (name, after) = text.get(start + 1..)?.split_once('}')?;
        let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
        if !name.is_empty() && name.chars().all(is_name) {
            return Some((text.get(..start)?, name, after));
        }
        from = start + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Words {
        let texts = [("a.b".to_owned(), text.to_owned())].into();
        Words::over("en", texts, &Words::default())
    }

    #[test]
    fn values_are_put_in_once_and_as_they_are() {
        let filled = words("Hello {name}, {name}: {other}{}{X}!")
            .fill("a.b", &[("name", "{other}"), ("other", "<b>")]);
        assert_eq!(filled, "Hello {other}, {other}: <b>{}{X}!");
    }

    #[test]
    fn a_key_without_a_text_stands_for_itself() {
        assert_eq!(words("").text("c.d"), "c.d");
    }

    #[test]
    fn names_are_found_wherever_they_stand() {
        assert_eq!(Words::places("{a} {{b_c}} {1} { d"), ["a", "b_c"]);
    }
}
