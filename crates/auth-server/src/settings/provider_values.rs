//! The forms that the settings of a provider take: a text on the command line, and in a
//! file what is natural there too. No message repeats a value: it may be a secret that was
//! put into the wrong place.

use std::time::Duration;

use auth_core::SecretText;
use auth_oauth::{ClientAuth, ResponseMode, TrustEmail, Userinfo};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::values::duration;

/// The most that clocks may be said to be apart.
const MAX_LEEWAY: Duration = Duration::from_secs(600);

/// A secret.
pub(super) fn secret<'de, D: Deserializer<'de>>(given: D) -> Result<Option<SecretText>, D::Error> {
    Ok(Some(SecretText::new(String::deserialize(given)?)))
}

/// A text, a boolean or a list of texts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Switch(bool),
    Text(String),
    List(Vec<String>),
}

/// One of a few words.
fn one_of<'de, T: Copy, D: Deserializer<'de>>(
    given: D,
    known: &[(&str, T)],
) -> Result<Option<T>, D::Error> {
    let given = match Value::deserialize(given) {
        Ok(Value::Switch(on)) => on.to_string(),
        Ok(Value::Text(text)) => text,
        _ => String::new(),
    };
    let found = known.iter().find(|(word, _)| *word == given);
    let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
    let found = found.ok_or_else(|| D::Error::custom(format!("write {}", words.join(" or "))))?;
    Ok(Some(found.1))
}

/// `on` or `off`.
pub(super) fn switch<'de, D: Deserializer<'de>>(given: D) -> Result<Option<bool>, D::Error> {
    let known = [
        ("on", true),
        ("off", false),
        ("true", true),
        ("false", false),
    ];
    one_of(given, &known)
}

/// Words, separated by spaces.
pub(super) fn words<'de, D: Deserializer<'de>>(given: D) -> Result<Option<Vec<String>>, D::Error> {
    match Value::deserialize(given) {
        Ok(Value::Text(text)) => Ok(Some(text.split_whitespace().map(str::to_owned).collect())),
        Ok(Value::List(list)) => Ok(Some(list)),
        _ => Err(D::Error::custom("write words, separated by spaces")),
    }
}

pub(super) fn client_auth<'de, D: Deserializer<'de>>(
    given: D,
) -> Result<Option<ClientAuth>, D::Error> {
    let all = [ClientAuth::Basic, ClientAuth::Post, ClientAuth::None];
    let names = all.map(|auth| auth.to_string());
    let known: Vec<_> = names.iter().map(String::as_str).zip(all).collect();
    one_of(given, &known)
}

pub(super) fn response_mode<'de, D: Deserializer<'de>>(
    given: D,
) -> Result<Option<ResponseMode>, D::Error> {
    let known = [
        ("query", ResponseMode::Query),
        ("form_post", ResponseMode::FormPost),
    ];
    one_of(given, &known)
}

pub(super) fn userinfo<'de, D: Deserializer<'de>>(given: D) -> Result<Option<Userinfo>, D::Error> {
    let known = [
        ("on", Userinfo::On),
        ("off", Userinfo::Off),
        ("optional", Userinfo::Optional),
    ];
    one_of(given, &known)
}

pub(super) fn trust_email<'de, D: Deserializer<'de>>(
    given: D,
) -> Result<Option<TrustEmail>, D::Error> {
    let known = [
        ("false", TrustEmail::Boolean),
        ("text", TrustEmail::Text),
        ("true", TrustEmail::Always),
    ];
    one_of(given, &known)
}

pub(super) fn leeway<'de, D: Deserializer<'de>>(given: D) -> Result<Option<Duration>, D::Error> {
    let parsed = match Value::deserialize(given) {
        Ok(Value::Text(text)) => duration(&text).ok(),
        _ => None,
    };
    let fits = parsed.filter(|leeway| *leeway <= MAX_LEEWAY);
    let fits = fits.ok_or_else(|| D::Error::custom("write a duration of at most 10m, like 60s"));
    fits.map(Some)
}
