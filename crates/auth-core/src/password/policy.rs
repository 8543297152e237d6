//! Which passwords are accepted (NIST SP 800-63B-4, 3.1.1.2; OWASP ASVS 5.0, 6.2).

use std::sync::{Arc, LazyLock};

use caseless::default_case_fold_str;
use unicode_normalization::UnicodeNormalization as _;

use super::guessable::is_guessable;
use super::{BreachedPasswords, Password, Sha1Hex};
use crate::error::{AuthError, FieldCode, FieldError};

/// Passwords that everybody tries first, case-folded and sorted.
static COMMON: LazyLock<Vec<&str>> = LazyLock::new(|| {
    include_str!("../../data/common-passwords.txt")
        .lines()
        .collect()
});

/// Shorter words that are tried first when joined, case-folded and sorted.
static COMMON_WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    include_str!("../../data/common-words.txt")
        .lines()
        .collect()
});

/// Whether a case-folded text is a common password or a common word.
pub(super) fn is_common(folded: &str) -> bool {
    let lists = [&COMMON, &COMMON_WORDS];
    lists.iter().any(|list| list.binary_search(&folded).is_ok())
}

/// Length is the only composition rule. Beyond it a password must not be what is tried
/// first: a common one, a sequence, a repeat, or one or two common words or words of the
/// account joined; nor be on a list of breached ones.
#[derive(Clone, Debug)]
pub struct PasswordPolicy {
    /// The fewest code points.
    pub min_length: usize,
    /// The most code points; longer ones are refused before they are hashed.
    pub max_length: usize,
    /// Words that stand for the service, such as its name.
    pub service_words: Vec<String>,
    /// Passwords known from data breaches; `None` asks no list.
    pub breached: Option<Arc<dyn BreachedPasswords>>,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            min_length: 8,
            max_length: 128,
            service_words: vec![],
            breached: None,
        }
    }
}

impl PasswordPolicy {
    /// Checks a new password for an account with these words: its names, username and
    /// e-mail address. Passwords and words are compared in one form, however they were typed.
    /// Only one that keeps every other rule is looked up in the list of breached ones.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] with `field` and the rule, or [`AuthError::Unavailable`] when the
    /// list can't be asked: a password that nobody could check is not accepted.
    pub async fn check(
        &self,
        field: &'static str,
        password: &Password,
        account_words: &[&str],
    ) -> Result<(), AuthError> {
        self.check_alone(field, password, account_words)?;
        let Some(list) = &self.breached else {
            return Ok(());
        };
        let found = list.contains(&Sha1Hex::of(password)).await;
        if found.map_err(AuthError::Unavailable)? {
            let detail = "This password is known from a data breach. Choose another one.";
            return Err(FieldError::new(field, FieldCode::Breached, detail).into());
        }
        Ok(())
    }

    /// The rules that take no list of breached passwords.
    fn check_alone(
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
        let folded = folded(password.reveal());
        if COMMON.binary_search(&folded.as_str()).is_ok() {
            let detail = "This password is among those that are tried first.";
            return refuse(FieldCode::TooCommon, detail.into());
        }
        let service_words = self.service_words.iter().map(String::as_str);
        let words = account_words.iter().copied().chain(service_words);
        let words: Vec<String> = words.flat_map(parts).collect();
        if is_guessable(&folded, &[]) {
            let detail = "This password is a sequence, a repeat or a common word or two.";
            return refuse(FieldCode::TooGuessable, detail.into());
        }
        if is_guessable(&folded, &words) {
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

/// The form in which passwords and words are compared (Unicode TR 15, NFKC_Casefold).
fn folded(text: &str) -> String {
    default_case_fold_str(&text.nfkc().collect::<String>())
        .nfkc()
        .collect()
}

/// A word and its parts, each in the form that is compared; short ones prove nothing. The
/// domain of an address counts as people read it.
fn parts(word: &str) -> Vec<String> {
    let word = match word.rsplit_once('@') {
        Some((local, domain)) => folded(&format!("{local}@{}", idna::domain_to_unicode(domain).0)),
        None => folded(word),
    };
    let inner = word.split(['@', '.', '_', '-', ' ']).map(str::to_owned);
    let local = word.split('@').next().map(str::to_owned);
    let mut all: Vec<String> = inner.chain(local).collect();
    all.push(word);
    all.retain(|part| part.chars().count() >= 3);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::BoxError;
    use async_trait::async_trait;
    use proptest::prelude::*;

    fn check(password: &str, words: &[&str]) -> Result<(), FieldCode> {
        PasswordPolicy::default()
            .check_alone("password", &Password::new(password), words)
            .map_err(|e| e.code)
    }

    #[test]
    fn the_list_is_sorted_and_long_enough() {
        assert!(COMMON.is_sorted() && COMMON_WORDS.is_sorted());
        assert!(COMMON.len() > 3000 && COMMON_WORDS.len() > 3000);
    }

    #[test]
    fn length_counts_code_points() {
        assert_eq!(check("💩💩💩💩💩💩💩", &[]), Err(FieldCode::TooShort));
        assert_eq!(check("💩é💩üx💩öy", &[]), Ok(()));
        let long = "éqüxjö#w".repeat(16);
        assert_eq!(check(&long, &[]), Ok(()));
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
            "ＬＯＶＥＬＡＣＥＹ",
        ] {
            assert_eq!(check(bad, &words), Err(FieldCode::TooGuessable), "{bad}");
        }
        for ok in ["my lovelacey engine", "lovelacey-and-babbage"] {
            assert_eq!(check(ok, &words), Ok(()), "{ok}");
        }
    }

    #[test]
    fn words_count_however_they_are_written() {
        let words = ["Zoe\u{308}lla", "zoe@xn--bcherwrm-65af.example"];
        for bad in ["zoëlla1815", "ZOE\u{308}LLA!!", "zoëllazoe1", "bücherwürm"] {
            let found = check(bad, &words);
            assert_eq!(found, Err(FieldCode::TooGuessable), "{bad}");
        }
    }

    #[test]
    fn sequences_repeats_and_joins_are_refused_and_phrases_are_not() {
        for bad in [
            "hgfedcba",
            "dragonmonkey7",
            "xk7xk7xk7",
            "password1password1",
        ] {
            assert_eq!(check(bad, &[]), Err(FieldCode::TooGuessable), "{bad}");
        }
        assert_eq!(check("dragon monkey shadow", &[]), Ok(()));
    }

    /// A list with one password, or one that can't be asked.
    #[derive(Debug)]
    struct List(Option<&'static str>);

    #[async_trait]
    impl BreachedPasswords for List {
        async fn contains(&self, password: &Sha1Hex) -> Result<bool, BoxError> {
            let known = self.0.ok_or("the list is gone")?;
            let known = Sha1Hex::of(&Password::new(known));
            Ok(known.digits() == password.digits())
        }
    }

    async fn check_with(list: List, password: &str) -> Result<(), AuthError> {
        let policy = PasswordPolicy {
            breached: Some(Arc::new(list)),
            ..PasswordPolicy::default()
        };
        let password = Password::new(password);
        policy.check("new_password", &password, &[]).await
    }

    #[tokio::test]
    async fn a_breached_password_is_refused() {
        let refused = check_with(List(Some("ohbqxvtn")), "ohbqxvtn").await;
        let Err(AuthError::Invalid(fields)) = refused else {
            panic!("{refused:?}");
        };
        let [field] = &fields[..] else {
            panic!("{fields:?}");
        };
        assert_eq!(field.field, "new_password");
        assert_eq!(field.code, FieldCode::Breached);
        // Lists hold passwords as they were typed.
        let other = check_with(List(Some("ohbqxvtn")), "Ohbqxvtn").await;
        assert!(other.is_ok(), "{other:?}");
    }

    #[tokio::test]
    async fn without_a_list_nothing_counts_as_breached() {
        let policy = PasswordPolicy::default();
        let password = Password::new("ohbqxvtn");
        assert!(policy.check("password", &password, &[]).await.is_ok());
    }

    #[tokio::test]
    async fn what_no_list_can_tell_is_not_accepted() {
        let untold = check_with(List(None), "ohbqxvtn").await;
        assert!(matches!(untold, Err(AuthError::Unavailable(_))));
        // It is not even asked about what breaks another rule.
        let unfit = check_with(List(None), "short").await;
        assert!(matches!(unfit, Err(AuthError::Invalid(_))));
    }

    proptest! {
        #[test]
        fn checking_never_panics(password in ".{0,200}", word in ".{0,40}") {
            let _ = check(&password, &[&word]);
        }
    }
}
