//! JSON as the contract reads it: an object without repeated fields and without `null`.

use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::problem::{Code, Problem};

/// Reads an object. serde's message names the place and the type, never the value of a
/// known field.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde takes a list for a struct, its items in order for the fields.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(unreadable("The body is a list, not an object."));
    }
    serde_json::from_slice::<WithoutNull>(bytes)
        .and_then(|WithoutNull| serde_json::from_slice(bytes))
        .map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            unreadable(&match error.classify() {
                serde_json::error::Category::Data => {
                    format!("A field is unknown, repeated or of the wrong type ({place}).")
                }
                _ => format!("The body is not JSON ({place})."),
            })
        })
}

pub(crate) fn unreadable(detail: &str) -> Problem {
    Problem::new(Code::InvalidRequest, detail)
}

/// Any JSON in which nothing is `null`. serde reads a field that is `null` like one that is
/// absent, but a client that sends it means something else: to take a value away.
struct WithoutNull;

impl<'de> Deserialize<'de> for WithoutNull {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Walk)
    }
}

struct Walk;

impl<'de> Visitor<'de> for Walk {
    type Value = WithoutNull;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that is not null")
    }

    fn visit_bool<E>(self, _: bool) -> Result<WithoutNull, E> {
        Ok(WithoutNull)
    }

    fn visit_i64<E>(self, _: i64) -> Result<WithoutNull, E> {
        Ok(WithoutNull)
    }

    fn visit_u64<E>(self, _: u64) -> Result<WithoutNull, E> {
        Ok(WithoutNull)
    }

    fn visit_f64<E>(self, _: f64) -> Result<WithoutNull, E> {
        Ok(WithoutNull)
    }

    fn visit_str<E>(self, _: &str) -> Result<WithoutNull, E> {
        Ok(WithoutNull)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<WithoutNull, A::Error> {
        while items.next_element::<WithoutNull>()?.is_some() {}
        Ok(WithoutNull)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<WithoutNull, A::Error> {
        while fields.next_entry::<WithoutNull, WithoutNull>()?.is_some() {}
        Ok(WithoutNull)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Default)]
    #[serde(deny_unknown_fields, default)]
    struct Form {
        name: Option<String>,
    }

    #[test]
    fn null_is_no_absence() {
        for body in [
            r#"{"name":null}"#,
            "null",
            r#" {"name" : null } "#,
            r#"{"name":{"x":[null]}}"#,
        ] {
            assert!(parse::<Form>(body.as_bytes()).is_err(), "{body}");
        }
        assert!(parse::<Form>(b"{}").is_ok_and(|form| form.name.is_none()));
        assert!(parse::<Form>(br#"{"name":"null"}"#).is_ok_and(|form| form.name.is_some()));
    }

    #[test]
    fn a_field_comes_once() {
        for body in [
            r#"{"name":"a","name":"b"}"#,
            r#"{"name":"a","n\u0061me":"b"}"#,
            r#"[{"name":"a"}]"#,
        ] {
            assert!(parse::<Form>(body.as_bytes()).is_err(), "{body}");
        }
    }
}
