//! Lists in variables, as people write them.

use std::ffi::OsStr;

use clap::Arg;
use clap::builder::Resettable;

/// With the list that its variable holds, where that is written with blanks around its commas or
/// with a comma at its end. The list stands in the place of the default, since what reads
/// variables knows no blanks.
pub(in crate::settings) fn tidied(arg: Arg) -> Arg {
    let list = untidy_list(&arg);
    match list {
        Some(list) => arg.env(Resettable::Reset).default_values(list),
        None => arg,
    }
}

/// Whether its variable holds such a list.
pub(in crate::settings) fn is_untidy(arg: &Arg) -> bool {
    untidy_list(arg).is_some()
}

fn untidy_list(arg: &Arg) -> Option<Vec<String>> {
    let delimiter = arg.get_value_delimiter()?;
    let text = std::env::var_os(arg.get_env()?)?;
    trimmed(&text, delimiter)
}

/// The parts of a list, if any has blanks around it or the last one is empty.
fn trimmed(text: &OsStr, delimiter: char) -> Option<Vec<String>> {
    let text = text.to_str()?;
    let mut parts: Vec<&str> = text.split(delimiter).map(str::trim).collect();
    if parts.len() > 1 && parts.last().is_some_and(|last| last.is_empty()) {
        parts.pop();
    }
    let is_untidy = !text.trim().is_empty() && parts.join(&delimiter.to_string()) != text;
    is_untidy.then(|| parts.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_may_have_blanks_and_a_comma_at_its_end() {
        let parts = |text: &str| trimmed(text.as_ref(), ',');
        let both = Some(vec!["a".to_owned(), "b".to_owned()]);
        for text in ["a, b", " a,b", "a , b ,", "a,b,"] {
            assert_eq!(parts(text), both, "{text:?}");
        }
        assert_eq!(parts("a,"), Some(vec!["a".to_owned()]));
        for text in ["a,b", "a", "", " ", "a,,b"] {
            assert_eq!(parts(text), None, "{text:?}");
        }
    }
}
