//! What an application keeps about a person beside what every account has.

use serde_json::{Map, Value};

use crate::error::{BoxError, FieldCode, FieldError};

/// The most bytes of an account's profile, as JSON without blanks.
pub const MAX_BYTES: usize = 16 * 1024;

/// The most objects and lists that lie within each other, the profile itself included.
pub const MAX_DEPTH: usize = 8;

/// The name of the profile on the wire, and of what is wrong with it as a whole.
const FIELD: &str = "profile";

/// The fields that an application keeps about a person: a JSON object. Empty for accounts
/// about which nothing is kept.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    fields: Map<String, Value>,
    stored: Option<String>,
}

impl Profile {
    /// A profile of these fields.
    pub fn new(fields: Map<String, Value>) -> Self {
        let stored = Some(Value::Object(fields.clone()).to_string());
        Self { fields, stored }
    }

    /// What a store has kept.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub fn from_stored(stored: Option<String>) -> Result<Self, BoxError> {
        let fields = stored.as_deref().map(serde_json::from_str).transpose()?;
        Ok(Self {
            fields: fields.unwrap_or_default(),
            stored,
        })
    }

    /// The text that a store keeps, letter by letter as it was read; nothing while nothing was
    /// ever kept.
    pub fn stored(&self) -> Option<&str> {
        self.stored.as_deref()
    }

    /// The fields.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// The profile that a merge patch (RFC 7396) leads to.
    ///
    /// # Errors
    /// What is wrong with it, by the bounds or by the rules; the names begin with `profile`.
    pub(crate) fn patched(
        &self,
        patch: &Map<String, Value>,
        rules: &dyn ProfileFields,
    ) -> Result<Self, Vec<FieldError>> {
        let mut fields = self.fields.clone();
        merge(&mut fields, patch);
        let patched = Self::new(fields);
        patched.check_bounds()?;
        match rules.check(&patched.fields) {
            Ok(()) => Ok(patched),
            Err(problems) => Err(problems.into_iter().map(within_profile).collect()),
        }
    }

    fn check_bounds(&self) -> Result<(), FieldError> {
        if self.fields.values().map(depth).max() >= Some(MAX_DEPTH) {
            let detail = format!("At most {MAX_DEPTH} objects and lists within each other.");
            return Err(FieldError::new(FIELD, FieldCode::TooDeep, detail));
        }
        if self.stored.as_ref().map(String::len) > Some(MAX_BYTES) {
            let detail = format!("At most {MAX_BYTES} bytes in all.");
            return Err(FieldError::new(FIELD, FieldCode::TooLong, detail));
        }
        Ok(())
    }
}

/// An application's rules for the fields that it keeps about people. Closures have it too.
///
/// ```
/// use auth_core::{FieldCode, FieldError, ProfileFields};
/// use serde_json::{Map, Value, json};
///
/// fn rules(fields: &Map<String, Value>) -> Result<(), Vec<FieldError>> {
///     let wrong = fields.iter().filter(|(name, value)| *name != "city" || !value.is_string());
///     let wrong = wrong.map(|(name, _)| {
///         FieldError::new(name.clone(), FieldCode::InvalidFormat, "A city's name is kept here.")
///     });
///     match wrong.collect::<Vec<_>>() {
///         none if none.is_empty() => Ok(()),
///         some => Err(some),
///     }
/// }
///
/// let rules: &dyn ProfileFields = &rules;
/// assert!(rules.check(json!({ "city": "London" }).as_object().unwrap()).is_ok());
/// assert!(rules.check(json!({ "age": 36 }).as_object().unwrap()).is_err());
/// ```
pub trait ProfileFields: Send + Sync {
    /// Checks all fields of a profile together, as they would be kept. Within
    /// [`MAX_BYTES`] and [`MAX_DEPTH`] anything is kept that is not refused here.
    ///
    /// # Errors
    /// What is wrong, by the names of the fields in the profile; on the wire they begin
    /// with `profile.`. One without a name is about the whole.
    fn check(&self, fields: &Map<String, Value>) -> Result<(), Vec<FieldError>>;
}

impl<F> ProfileFields for F
where
    F: Fn(&Map<String, Value>) -> Result<(), Vec<FieldError>> + Send + Sync,
{
    fn check(&self, fields: &Map<String, Value>) -> Result<(), Vec<FieldError>> {
        self(fields)
    }
}

/// Names a field by its place on the wire.
fn within_profile(problem: FieldError) -> FieldError {
    let field = match &*problem.field {
        "" => FIELD.to_owned(),
        field => format!("{FIELD}.{field}"),
    };
    FieldError {
        field: field.into(),
        ..problem
    }
}

/// Applies a merge patch (RFC 7396, 2): what is `null` goes, objects are merged, all else is
/// replaced.
fn merge(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in patch {
        match value {
            Value::Null => {
                target.remove(name);
            }
            Value::Object(patch) => {
                let mut inner = match target.remove(name) {
                    Some(Value::Object(inner)) => inner,
                    _ => Map::new(),
                };
                merge(&mut inner, patch);
                target.insert(name.clone(), inner.into());
            }
            value => {
                target.insert(name.clone(), value.clone());
            }
        }
    }
}

/// How many objects and lists lie within each other.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(fields) => fields,
            other => panic!("{other} is no object"),
        }
    }

    fn profile(value: Value) -> Profile {
        Profile::new(object(value))
    }

    fn anything(_: &Map<String, Value>) -> Result<(), Vec<FieldError>> {
        Ok(())
    }

    fn refused(from: Value, patch: Value) -> Vec<(String, FieldCode)> {
        let problems = profile(from).patched(&object(patch), &anything);
        let problems = problems.unwrap_err().into_iter();
        problems.map(|one| (one.field.into(), one.code)).collect()
    }

    #[test]
    fn patches_are_merged_as_the_rfc_says() {
        // Appendix A, as far as both are objects.
        for (original, patch, result) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (
                json!({"a":"b","b":"c"}),
                json!({"a":null}),
                json!({"b":"c"}),
            ),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (
                json!({"a":{"b":"c"}}),
                json!({"a":{"b":"d","c":null}}),
                json!({"a":{"b":"d"}}),
            ),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (
                json!({}),
                json!({"a":{"bb":{"ccc":null}}}),
                json!({"a":{"bb":{}}}),
            ),
        ] {
            let patched = profile(original).patched(&object(patch), &anything);
            assert_eq!(Value::from(patched.unwrap().fields), result);
        }
    }

    #[test]
    fn what_is_kept_comes_back_letter_by_letter() {
        let text = r#"{ "b": 1, "a": "\u0000" }"#;
        let read = Profile::from_stored(Some(text.to_owned())).unwrap();
        assert_eq!(read.stored(), Some(text));
        assert_eq!(read.fields()["b"], 1);
        let again = Profile::from_stored(Profile::new(read.fields).stored).unwrap();
        assert_eq!(again.fields()["a"], "\0");
        assert!(Profile::from_stored(None).unwrap().fields().is_empty());
        for broken in ["[]", "null", "{"] {
            assert!(Profile::from_stored(Some(broken.into())).is_err());
        }
    }

    #[test]
    fn the_whole_is_bounded_in_size() {
        let half = "x".repeat(MAX_BYTES / 2);
        let patched = profile(json!({ "a": half })).patched(&object(json!({"b": 1})), &anything);
        assert!(patched.is_ok());
        let problems = refused(json!({ "a": half }), json!({ "b": half }));
        assert_eq!(problems, [("profile".to_owned(), FieldCode::TooLong)]);
    }

    #[test]
    fn the_whole_is_bounded_in_depth() {
        let nested = |levels| (1..levels).fold(json!({}), |inner, _| json!({ "a": inner }));
        let patched = Profile::default().patched(&object(nested(MAX_DEPTH)), &anything);
        assert!(patched.is_ok());
        let problems = refused(json!({}), nested(MAX_DEPTH + 1));
        assert_eq!(problems, [("profile".to_owned(), FieldCode::TooDeep)]);
    }

    #[test]
    fn rules_see_the_whole_and_name_fields_within_it() {
        let rules = |fields: &Map<String, Value>| {
            assert_eq!(fields.len(), 2);
            let problem = |name| FieldError::new(name, FieldCode::Required, "It is needed.");
            Err(vec![problem("city"), problem("")])
        };
        let patched = profile(json!({ "a": 1 })).patched(&object(json!({ "b": 2 })), &rules);
        let names: Vec<_> = patched.unwrap_err().into_iter().map(|e| e.field).collect();
        assert_eq!(names, ["profile.city", "profile"]);
    }
}
