//! Which passwords are accepted (NIST SP 800-63B-4, 3.1.1.2; OWASP ASVS 5.0, 6.2).

use std::sync::LazyLock;

use caseless::default_case_fold_str;

use super::Password;
use crate::error::{FieldCode, FieldError};

/// Passwords that everybody tries first, case-folded and sorted.
static COMMON: LazyLock<Vec<&str>> = LazyLock::new(|| {
    include_str!("../../data/common-passwords.txt")
        .lines()
        .collect()
});

/// Length is the only composition rule. Beyond it a password must not be a common
/// one and not derive from the account's own words.
#[derive(Clone, Debug)]
pub struct PasswordPolicy {
    /// The fewest code points.
    pub min_length: usize,
    /// The most code points; longer ones are refused before they are hashed.
    pub max_length: usize,
    /// Words that stand for the service, such as its name.
    pub service_words: Vec<String>,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            min_length: 8,
            max_length: 128,
            service_words: vec![],
        }
    }
}

impl PasswordPolicy {
    /// Checks a new password for an account with these words: its names, username and
    /// e-mail address.
    ///
    /// # Errors
    /// Names `field` and the rule.
    pub fn check(
        &self,
        field: &'static str,
        password: &Password,
        account_words: &[&str],
    ) -> Result<(), FieldError> {
        let refuse = |code, detail: String| Err(FieldError::new(field, code, detail));
        match password.chars() {
            0 => return refuse(FieldCode::Required, "A password is needed.".into()),
            n if n < self.min_length => {
                let detail = format!("A password has at least {} characters.", self.min_length);
                return refuse(FieldCode::TooShort, detail);
            }
            n if n > self.max_length => {
                let detail = format!("A password has at most {} characters.", self.max_length);
                return refuse(FieldCode::TooLong, detail);
            }
            _ => {}
        }
        let folded = default_case_fold_str(password.reveal());
        if COMMON.binary_search(&folded.as_str()).is_ok() {
            let detail = "This password is among those that are tried first.";
            return refuse(FieldCode::TooCommon, detail.into());
        }
        let service_words = self.service_words.iter().map(String::as_str);
        let mut words = account_words
            .iter()
            .copied()
            .chain(service_words)
            .flat_map(parts);
        if words.any(|word| derives_from(&folded, &word)) {
            let detail = "This password can be guessed from the account's own words.";
            return refuse(FieldCode::TooGuessable, detail.into());
        }
        Ok(())
    }

    /// Whether a password can be anybody's: otherwise it is not worth hashing.
    pub fn could_be_a_password(&self, password: &Password) -> bool {
        (1..=self.max_length).contains(&password.chars())
    }
}

/// A word and, for an e-mail address, its parts; short ones prove nothing.
fn parts(word: &str) -> Vec<String> {
    let word = default_case_fold_str(word);
    let inner = word.split(['@', '.', '_', '-', ' ']).map(str::to_owned);
    let local = word.split('@').next().map(str::to_owned);
    let mut all: Vec<String> = inner.chain(local).collect();
    all.push(word.clone());
    all.retain(|part| part.chars().count() >= 3);
    all
}

/// Whether a password is just the word: forwards or backwards, once or repeated, with
/// or without up to four characters around it that are not letters. A phrase that
/// merely contains the word is fine.
fn derives_from(password: &str, word: &str) -> bool {
    let backwards: String = word.chars().rev().collect();
    let bare = password.trim_matches(|c: char| !c.is_alphabetic());
    let trimmed = password.chars().count() - bare.chars().count();
    let core = if trimmed <= 4 { bare } else { password };
    [word, &backwards]
        .into_iter()
        .any(|w| is_repetition(password, w) || is_repetition(core, w))
}

fn is_repetition(text: &str, word: &str) -> bool {
    !text.is_empty() && text.split(word).all(str::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(password: &str, words: &[&str]) -> Result<(), FieldCode> {
        PasswordPolicy::default()
            .check("password", &Password::new(password), words)
            .map_err(|e| e.code)
    }

    #[test]
    fn the_list_is_sorted_and_long_enough() {
        assert!(COMMON.is_sorted());
        assert!(COMMON.len() > 3000);
    }

    #[test]
    fn length_counts_code_points() {
        assert_eq!(check("💩💩💩💩💩💩💩", &[]), Err(FieldCode::TooShort));
        assert_eq!(check("💩💩💩💩💩💩💩💩", &[]), Ok(()));
        assert_eq!(check(&"é".repeat(128), &[]), Ok(()));
        assert_eq!(check(&"é".repeat(129), &[]), Err(FieldCode::TooLong));
    }

    #[test]
    fn there_are_no_composition_rules() {
        for ok in [
            "ohbqxvtn",
            "84610375",
            "battery horse staple",
            "§$%&/()=?",
            "        x",
        ] {
            assert_eq!(check(ok, &[]), Ok(()), "{ok}");
        }
    }

    #[test]
    fn common_passwords_are_refused_in_any_case() {
        for bad in ["password", "PassWord", "12345678", "iloveyou", "QWERTYUIOP"] {
            assert_eq!(check(bad, &[]), Err(FieldCode::TooCommon), "{bad}");
        }
    }

    #[test]
    fn the_accounts_own_words_are_refused_and_phrases_with_them_are_not() {
        let words = ["Lovelacey", "ada_l", "countessa@example.org"];
        for bad in [
            "lovelacey",
            "LoveLacey1",
            "lovelacey2026",
            "!lovelacey!",
            "yecalevol",
            "countessa@example.org",
            "ada_l1815",
            "countessa",
            "countessacountessa",
        ] {
            assert_eq!(check(bad, &words), Err(FieldCode::TooGuessable), "{bad}");
        }
        for ok in ["my lovelacey engine", "lovelacey-and-babbage"] {
            assert_eq!(check(ok, &words), Ok(()), "{ok}");
        }
    }

    proptest! {
        #[test]
        fn checking_never_panics(password in ".{0,200}", word in ".{0,40}") {
            let _ = check(&password, &[&word]);
        }
    }
}
