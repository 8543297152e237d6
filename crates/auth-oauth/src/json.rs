//! Reading what providers send: strictly what is used, and nothing else at all.

use std::time::Duration;

use auth_core::Timestamp;
use serde_json::{Map, Value};

use crate::fault::Fault;

/// The members of a JSON object and what it is, for faults.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    what: String,
    members: Map<String, Value>,
}

impl Object {
    /// The object that these bytes are, if they are one.
    pub(crate) fn parse(what: impl Into<String>, bytes: &[u8]) -> Option<Self> {
        let members = serde_json::from_slice(bytes).ok()?;
        let what = what.into();
        Some(Self { what, members })
    }

    /// What it is.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    /// A member as it is; `null` is as good as nothing.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    /// A text, if it is one.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// A text, or nothing.
    pub(crate) fn optional(&self, name: &str) -> Result<Option<&str>, Fault> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.unexpected(name, "a text", kind(Some(other)))),
        }
    }

    /// A text.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Fault> {
        let text = self.optional(name)?;
        text.ok_or_else(|| self.unexpected(name, "a text", "nothing"))
    }

    /// A time in seconds since 1970, or nothing (RFC 7519, 2: also with a fraction).
    pub(crate) fn time(&self, name: &str) -> Result<Option<Timestamp>, Fault> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let seconds = value.as_f64().filter(|seconds| *seconds >= 0.0);
        let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let time = time.map(|time| Timestamp::default() + time);
        let expected = "seconds since 1970 as a number";
        let time = time.ok_or_else(|| self.unexpected(name, expected, kind(Some(value))));
        time.map(Some)
    }

    /// A text or a list of texts, as a list.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<&str>, Fault> {
        let wrong = |found| self.unexpected(name, "a text or a list of texts", found);
        match self.get(name) {
            None => Err(wrong("nothing")),
            Some(Value::String(text)) => Ok(vec![text]),
            Some(Value::Array(items)) => {
                let texts = items.iter().map(Value::as_str);
                let texts: Option<Vec<&str>> = texts.collect();
                texts.ok_or_else(|| wrong("a list of other things"))
            }
            other => Err(wrong(kind(other))),
        }
    }

    /// The fault of a member that is not what it has to be.
    pub(crate) fn unexpected(&self, name: &str, expected: &str, found: &str) -> Fault {
        let what = &self.what;
        Fault::rejected(format!("{what}: {name} is {found}, expected {expected}"))
    }
}

/// What kind of value this is.
pub(crate) const fn kind(value: Option<&Value>) -> &'static str {
    match value {
        None | Some(Value::Null) => "nothing",
        Some(Value::Bool(true)) => "true",
        Some(Value::Bool(false)) => "false",
        Some(Value::Number(_)) => "a number",
        Some(Value::String(_)) => "a text",
        Some(Value::Array(_)) => "a list",
        Some(Value::Object(_)) => "an object",
    }
}
