//! Texts that a guesser tries early although they are on no list: sequences, repeats, and
//! a word or two joined.
//!
//! A password is guessable when it is made of nothing but such pieces. Whatever letter is
//! left over makes it pass, so that this is no rule about composition, and so do three
//! words, so that passphrases pass.

use super::policy::is_common;

/// The most words that a guesser joins.
const MAX_WORDS: usize = 2;

/// The most characters around and between the pieces, none of them a letter.
const MAX_FILLING: usize = 4;

/// The fewest characters of a run, and of a word from the list.
const MIN_RUN: usize = 3;
const MIN_COMMON: usize = 4;

/// Rows and columns of keyboards, each read in both directions.
const KEYBOARDS: [&str; 15] = [
    "`1234567890-=",
    "!@#$%^&*()",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qwertzuiop",
    "yxcvbnm,.-",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn,;:!",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
    "йцукенгшщзхъ",
    "фывапролджэ",
    "ячсмитьбю",
];

/// Whether a case-folded password is made of sequences, repeats, common words and `words`
/// only, these case-folded too.
pub(super) fn is_guessable(password: &str, words: &[String]) -> bool {
    let text: Vec<char> = password.chars().collect();
    // Saying it twice makes it no harder to guess.
    unit(&text).is_some_and(|unit| unit.len() < MIN_UNIT || is_made_of_pieces(unit, words))
        || is_made_of_pieces(&text, words)
}

/// What is said again and again is at least as long as a password by itself.
const MIN_UNIT: usize = 8;

/// The shortest text that the whole repeats, if it does so at least once; the last time may
/// be cut short.
fn unit(text: &[char]) -> Option<&[char]> {
    let periods = 1..=text.len() / 2;
    let period = periods
        .into_iter()
        .find(|n| text.iter().zip(&text[*n..]).all(|(a, b)| a == b))?;
    Some(&text[..period])
}

/// Whether pieces and a little filling make up the whole text.
fn is_made_of_pieces(text: &[char], words: &[String]) -> bool {
    let mut fewest = vec![UNREACHED; text.len() + 1];
    fewest[0][0] = Some(0);
    for start in 0..text.len() {
        let here = fewest[start];
        if here == UNREACHED {
            continue;
        }
        if !text[start].is_alphabetic() {
            let filled = here[..MAX_FILLING].iter().zip(&mut fewest[start + 1][1..]);
            filled.for_each(|(used, next)| keep(next, *used, 0));
        }
        for end in start + MIN_RUN..=text.len() {
            if let Some(words) = words_in(&text[start..end], words) {
                let next = here.iter().zip(&mut fewest[end]);
                next.for_each(|(used, next)| keep(next, *used, words));
            }
        }
    }
    fewest[text.len()] != UNREACHED
}

/// The fewest words that reach a position, by how much filling was used.
type Fewest = [Option<usize>; MAX_FILLING + 1];

const UNREACHED: Fewest = [None; MAX_FILLING + 1];

fn keep(next: &mut Option<usize>, used: Option<usize>, more: usize) {
    let words = used.map(|used| used + more);
    if let Some(words) = words.filter(|words| *words <= MAX_WORDS) {
        *next = Some(next.map_or(words, |known| known.min(words)));
    }
}

/// How many words a piece is; `None` when it is no piece.
fn words_in(piece: &[char], words: &[String]) -> Option<usize> {
    if is_run(piece) {
        return Some(0);
    }
    is_word(piece, words).then_some(1)
}

/// Whether the characters follow each other in an alphabet, among the digits, on a keyboard,
/// or are all the same.
fn is_run(piece: &[char]) -> bool {
    let step = |pair: &[char]| i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0]));
    let first = step(piece);
    let is_even = first.abs() <= 1 && piece.windows(2).all(|pair| step(pair) == first);
    is_even || {
        let forwards: String = piece.iter().collect();
        let backwards: String = piece.iter().rev().collect();
        KEYBOARDS
            .iter()
            .any(|row| row.contains(&forwards) || row.contains(&backwards))
    }
}

fn is_word(piece: &[char], words: &[String]) -> bool {
    let forwards: String = piece.iter().collect();
    let backwards: String = piece.iter().rev().collect();
    let is_common = piece.len() >= MIN_COMMON && is_common(&forwards);
    is_common
        || words
            .iter()
            .any(|word| *word == forwards || *word == backwards)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn guessable(password: &str) -> bool {
        is_guessable(password, &["lovelacey".into(), "ada".into()])
    }

    #[test]
    fn sequences_repeats_and_joins_are_guessable() {
        for bad in [
            "abcdefgh",
            "hgfedcba",
            "12345678",
            "98765432",
            "qwertyui",
            "poiuytrewq",
            "qwertzui",
            "asdfghjkl",
            "1qaz2wsx",
            "abcd1234",
            "qwerty123456",
            "йцукенгш",
            "абвгдежз",
            "aaaaaaaa",
            "abcabcabc",
            "12121212",
            "abcdabcdab",
            "xk7xk7xk7",
            "password1password1",
            "passwordpassword",
            "passworddragon",
            "dragon-monkey",
            "dragon2024",
            "!!dragon99",
            "lovelacey1815",
            "adalovelacey",
            "lovelaceydragon",
            "yecalevol",
            "ada123456",
        ] {
            assert!(guessable(bad), "{bad} passed");
        }
    }

    #[test]
    fn phrases_and_random_texts_are_not() {
        for ok in [
            "ohbqxvtn",
            "84610375",
            "ohbqxvtn zrkwpjcm",
            "correct horse battery staple",
            "battery horse staple",
            "dragon monkey shadow",
            "my lovelacey engine",
            "§$%&/()=?§$%&/()",
            "correct horse 0a1b2c3d4e5f",
            "dragon 7f3a monkey",
            "9f2kq8zt9f2kq8zt9f2kq8zt",
        ] {
            assert!(!guessable(ok), "{ok} was refused");
        }
    }

    proptest! {
        #[test]
        fn random_letters_are_never_guessable(text in "[bdfhjlnprtvxz]{12}") {
            prop_assume!(unit(&text.chars().collect::<Vec<_>>()).is_none());
            prop_assert!(!is_guessable(&text, &[]));
        }

        #[test]
        fn judging_never_panics(text in ".{0,130}", word in ".{0,20}") {
            let _ = is_guessable(&text, &[word]);
        }
    }
}
