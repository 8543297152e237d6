//! The named fields of a row, whatever it was read from.

use auth_core::Timestamp;
use auth_core::accounts::admin::Refusal;
use serde_json::{Map, Value};
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// The most bytes of a text: more than any rule allows.
const MAX_TEXT: usize = 4096;

/// Fields that are taken one by one; what is wrong with any of them is gathered. Empty texts
/// and nulls are as good as missing.
#[derive(Debug, Default)]
pub struct Fields {
    map: Map<String, Value>,
    refusals: Vec<Refusal>,
}

impl From<Map<String, Value>> for Fields {
    fn from(map: Map<String, Value>) -> Self {
        let refusals = vec![];
        Self { map, refusals }
    }
}

impl Fields {
    /// Whether there is such a field, be it empty.
    pub fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    /// The value of the first of these names that has one.
    pub fn value(&mut self, names: &[&str]) -> Option<(String, Value)> {
        let mut found = None;
        for name in names {
            match self.map.remove(*name) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) if text.is_empty() => {}
                Some(value) => found = found.or(Some(((*name).to_owned(), value))),
            }
        }
        found
    }

    /// A text, or a number as one.
    pub fn text(&mut self, names: &[&str]) -> Option<String> {
        let (name, value) = self.value(names)?;
        let text = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => return self.refuse(&name, "it is no text"),
        };
        match text.len() > MAX_TEXT {
            true => self.refuse(&name, "it has more than 4096 bytes"),
            false => Some(text),
        }
    }

    /// A yes or no: as JSON has it, or in one of the forms of SQL and CSV.
    pub fn flag(&mut self, names: &[&str]) -> Option<bool> {
        let (name, value) = self.value(names)?;
        let text = match value {
            Value::Bool(flag) => return Some(flag),
            Value::String(text) => text.to_ascii_lowercase(),
            other => other.to_string(),
        };
        match text.as_str() {
            "true" | "t" | "yes" | "y" | "1" => Some(true),
            "false" | "f" | "no" | "n" | "0" => Some(false),
            _ => self.refuse(&name, "it is neither true nor false"),
        }
    }

    /// A time: RFC 3339, SQL's form (in UTC where it names no offset), or a number of seconds
    /// or milliseconds since 1970.
    pub fn time(&mut self, names: &[&str]) -> Option<Timestamp> {
        let (name, value) = self.value(names)?;
        let text = match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        match moment(text.trim()) {
            Some(time) => Some(time),
            None => self.refuse(&name, "it is no time, such as 2026-01-31T12:00:00Z"),
        }
    }

    /// A list of objects; also as text, as CSV has it.
    pub fn objects(&mut self, names: &[&str]) -> Vec<Fields> {
        let Some((name, value)) = self.value(names) else {
            return vec![];
        };
        let Value::Array(items) = unwrapped(value) else {
            self.refuse::<()>(&name, "it is no list");
            return vec![];
        };
        let count = items.len();
        let objects = items.into_iter().filter_map(|item| match unwrapped(item) {
            Value::Object(map) => Some(Self::from(map)),
            _ => None,
        });
        let objects: Vec<_> = objects.collect();
        if objects.len() < count {
            self.refuse::<()>(&name, "it is no list of objects");
        }
        objects
    }

    /// An object; also as text, as CSV has it.
    pub fn object(&mut self, names: &[&str]) -> Option<Fields> {
        let (name, value) = self.value(names)?;
        match unwrapped(value) {
            Value::Object(map) => Some(map.into()),
            _ => self.refuse(&name, "it is no object"),
        }
    }

    /// Notes what is wrong with a field.
    pub fn refuse<T>(&mut self, field: &str, reason: impl Into<String>) -> Option<T> {
        self.refusals.push(Refusal::new(shown(field), reason));
        None
    }

    /// Notes what is wrong within a field.
    pub fn refuse_within(&mut self, field: &str, inner: Self) {
        let inner = inner.refusals.into_iter();
        let inner = inner.map(|one| Refusal::new(format!("{field}.{}", one.field), one.reason));
        self.refusals.extend(inner);
    }

    /// Refuses every field that was not taken.
    pub fn refuse_others(&mut self) {
        for name in std::mem::take(&mut self.map)
            .into_iter()
            .map(|(name, _)| name)
        {
            self.refuse::<()>(&name, "there is no such field");
        }
    }

    /// What was read, unless something was wrong.
    pub fn done<T>(self, read: T) -> Result<T, Vec<Refusal>> {
        match self.refusals.is_empty() {
            true => Ok(read),
            false => Err(self.refusals),
        }
    }
}

/// A field's name as it may be printed: it comes from whoever wrote the file.
fn shown(field: &str) -> String {
    let plain = |c: char| if c.is_ascii_graphic() { c } else { '?' };
    field.chars().take(40).map(plain).collect()
}

/// The JSON that a text holds, if it holds any.
fn unwrapped(value: Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        other => other,
    }
}

const SQL: &[BorrowedFormatItem<'_>] = format_description!(
    "[year]-[month]-[day][first [ ] [T]][hour]:[minute]:[second][optional [.[subsecond]]]"
);

const SQL_WITH_OFFSET: &[BorrowedFormatItem<'_>] = format_description!(
    "[year]-[month]-[day] [hour]:[minute]:[second][optional [.[subsecond]]][optional [ ]]\
     [offset_hour sign:mandatory][optional [:[offset_minute]]]"
);

/// Seconds up to the year 5138, beyond that milliseconds.
const MOST_SECONDS: i64 = 100_000_000_000;

fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<i64>() {
        let millis = if number.abs() < MOST_SECONDS {
            number * 1000
        } else {
            number
        };
        return Some(Timestamp::from_millis(millis));
    }
    let utc = text.strip_suffix(" UTC").unwrap_or(text);
    let time = OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(text, SQL_WITH_OFFSET))
        .or_else(|_| PrimitiveDateTime::parse(utc, SQL).map(PrimitiveDateTime::assume_utc));
    let millis = time.ok()?.unix_timestamp_nanos() / 1_000_000;
    i64::try_from(millis).ok().map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Fields {
        let Value::Object(map) = value else {
            panic!("no object")
        };
        map.into()
    }

    #[test]
    fn times_of_many_systems_are_the_same_time() {
        for text in [
            "2023-11-14T22:13:20.123Z",
            "2023-11-14T23:13:20.123+01:00",
            "2023-11-14 22:13:20.123",
            "2023-11-14 22:13:20.123000",
            "2023-11-14 22:13:20.123 UTC",
            "2023-11-14 22:13:20.123+00",
            "2023-11-14 23:13:20.123+01:00",
            "1700000000123",
        ] {
            assert_eq!(
                moment(text),
                Some(Timestamp::from_millis(1_700_000_000_123)),
                "{text}"
            );
        }
        assert_eq!(
            moment("1700000000"),
            Some(Timestamp::from_millis(1_700_000_000_000))
        );
        for text in ["yesterday", "2023-13-01 00:00:00", "2023-11-14", "-"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn a_field_of_another_type_is_refused_by_name_without_its_value() {
        let mut row = fields(json!({
            "a": [1], "b": "maybe secret", "c": "never", "d": {}, "e": [1], "f": "x".repeat(5000),
        }));
        assert_eq!(row.text(&["a"]), None);
        assert_eq!(row.flag(&["b"]), None);
        assert_eq!(row.time(&["c"]), None);
        assert!(row.objects(&["d"]).is_empty() && row.objects(&["e"]).is_empty());
        assert_eq!(row.text(&["f"]), None);
        let refusals = row.done(()).unwrap_err();
        let names: Vec<_> = refusals.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d", "e", "f"]);
        assert!(refusals.iter().all(|one| !one.reason.contains("secret")));
    }

    #[test]
    fn the_first_name_that_has_a_value_counts() {
        let mut row = fields(json!({"a": "", "b": null, "c": "x", "d": "y"}));
        assert_eq!(row.text(&["a", "b", "c", "d"]), Some("x".to_owned()));
        assert_eq!(row.text(&["d"]), None);
    }

    #[test]
    fn a_field_that_nobody_knows_can_be_refused() {
        let mut row = fields(json!({"known": 1, "un\u{1b}known": 2}));
        assert_eq!(row.text(&["known"]), Some("1".to_owned()));
        row.refuse_others();
        assert_eq!(row.done(()).unwrap_err()[0].field, "un?known");
    }
}
