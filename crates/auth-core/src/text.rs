//! What texts that people type have in common.

use unicode_normalization::char::is_combining_mark;

/// A text without the blanks around it that keyboards, password managers and clipboards
/// leave there, seen or unseen.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_left_behind(c))
}

/// What clipboards bring along unseen. Overrides of direction are not among it: nobody
/// copies them by accident.
fn is_left_behind(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202c}'
        | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Whether a reader would see anything of the text.
pub(crate) fn is_visible(text: &str) -> bool {
    let is_base = |c: char| !c.is_whitespace() && !is_invisible(c) && !is_combining_mark(c);
    text.chars().any(is_base)
}

/// Whether a character shows nothing by itself: what Unicode calls default ignorable (UAX 44,
/// 5.3), and the braille pattern without dots.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_trimmed_seen_or_unseen_and_only_outside() {
        assert_eq!(trimmed(" \t\u{a0}\u{200b}ada l\u{feff}\u{202c}\n"), "ada l");
        assert_eq!(trimmed("\u{202e}ada "), "\u{202e}ada");
    }

    #[test]
    fn marks_and_fillers_alone_are_nothing_to_see() {
        for unseen in [
            "",
            " ",
            "\u{200d}\u{2060}",
            "\u{3164}\u{ffa0}",
            "\u{301}\u{fe0f}",
            "\u{2800}",
        ] {
            assert!(!is_visible(unseen), "{unseen:?}");
        }
        assert!(is_visible("李"));
        assert!(is_visible("\u{200e}א"));
    }
}
