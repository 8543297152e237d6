//! Parameters of a query or a form.

use std::collections::{BTreeMap, BTreeSet};

use url::form_urlencoded;

/// Parameters as OAuth reads them (RFC 6749, 3.1): one without a value is as good as
/// absent, and none may come twice. One that does has no value here.
pub(crate) struct Params {
    values: BTreeMap<String, String>,
    repeated: BTreeSet<String>,
}

impl Params {
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        let mut values = BTreeMap::new();
        let mut repeated = BTreeSet::new();
        for (name, value) in form_urlencoded::parse(encoded).into_owned() {
            if value.is_empty() {
                continue;
            }
            if values.insert(name.clone(), value).is_some() {
                repeated.insert(name);
            }
        }
        values.retain(|name, _| !repeated.contains(name));
        Self { values, repeated }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.values.get(name).cloned()
    }

    /// The name of a parameter that came twice.
    pub(crate) fn repeated(&self) -> Option<&str> {
        self.repeated.first().map(String::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.values.iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_parameter_is_absent() {
        let params = Params::parse(b"a=&b=1+2&a=3");
        assert_eq!(params.get("a"), Some("3"));
        assert_eq!(params.get("b"), Some("1 2"));
        assert_eq!(params.repeated(), None);
    }

    #[test]
    fn a_repeated_parameter_has_no_value() {
        let params = Params::parse(b"a=1&a=2&b=3&a=1");
        assert_eq!(params.get("a"), None);
        assert_eq!(params.repeated(), Some("a"));
        assert_eq!(params.iter().collect::<Vec<_>>(), [("b", "3")]);
    }
}
