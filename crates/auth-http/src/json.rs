//! JSON as the contract reads it: an object without repeated fields and without `null`, which
//! means something in a merge patch only.

use std::collections::HashSet;
use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};

use crate::problem::{Code, Problem};

/// The field of a body whose value is a merge patch (RFC 7396).
const PATCH: &str = "profile";

/// Reads an object. serde's message names the place and the type, never the value of a
/// known field.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde takes a list for a struct, its items in order for the fields.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(unreadable("The body is a list, not an object."));
    }
    check(bytes)
        .and_then(|()| serde_json::from_slice(bytes))
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

/// Refuses what serde would let pass. It reads a field that is `null` like one that is
/// absent, but a client that sends it means something else: to take a value away. And of
/// repeated fields it takes the last, where it knows none of them by name.
fn check(bytes: &[u8]) -> serde_json::Result<()> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    Place::Body.deserialize(&mut reader)?;
    reader.end()
}

/// Where in a body a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is the body.
    Body,
    /// Somewhere in it.
    Inside,
    /// It is a merge patch.
    Patch,
    /// Somewhere in a merge patch, where `null` takes a field away.
    InsidePatch,
}

impl Place {
    /// Where the value of a field, or an item of a list, stands.
    fn within(self, field: &str) -> Self {
        match self {
            Self::Body if field == PATCH => Self::Patch,
            Self::Body | Self::Inside => Self::Inside,
            Self::Patch | Self::InsidePatch => Self::InsidePatch,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Place {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that is not null")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        match self {
            Self::InsidePatch => Ok(()),
            _ => Err(E::custom("null")),
        }
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self.within(""))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = fields.next_key::<String>()? {
            fields.next_value_seed(self.within(&name))?;
            if !names.insert(name) {
                return Err(A::Error::custom("a field is repeated"));
            }
        }
        Ok(())
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

    #[derive(serde::Deserialize, Default)]
    #[serde(deny_unknown_fields, default)]
    struct Patching {
        profile: Option<serde_json::Map<String, serde_json::Value>>,
    }

    #[test]
    fn null_means_something_in_a_merge_patch_only() {
        let patch = parse::<Patching>(br#"{"profile":{"a":null,"b":{"c":[null]}}}"#);
        let patch = patch.unwrap().profile.unwrap();
        assert!(patch["a"].is_null());
        for body in [
            r#"{"profile":null}"#,
            r#"{"profile":[]}"#,
            r#"{"profile":{"a":1,"a":2}}"#,
            r#"{"profile":{"a":{"b":1,"b":2}}}"#,
            r#"{"other":null}"#,
        ] {
            assert!(parse::<Patching>(body.as_bytes()).is_err(), "{body}");
        }
        assert!(parse::<Form>(br#"{"profile":{"a":null}}"#).is_err());
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
