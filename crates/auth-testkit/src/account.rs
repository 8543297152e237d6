//! The people of the cases, each with names nobody else has.

use serde_json::{Value, json};
use uuid::Uuid;

/// What a person fills in to register.
#[derive(Clone, Debug)]
pub struct Person {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// The wanted username.
    pub username: String,
    /// The person's address.
    pub email: String,
    /// The wanted password.
    pub password: String,
    /// Who they are at a provider, for good.
    pub subject: String,
}

impl Person {
    /// A new person; `name` is how the username and the address begin.
    pub fn new(name: &str) -> Self {
        let mark = unique();
        Self {
            first_name: "Ada".into(),
            last_name: "Lovelace".into(),
            username: format!("{name}_{mark}"),
            email: format!("{name}.{mark}@example.org"),
            password: format!("correct horse {mark}"),
            subject: format!("person-{mark}"),
        }
    }

    /// The same person with another password.
    #[must_use]
    pub fn with_password(&self, password: &str) -> Self {
        Self {
            password: password.to_owned(),
            ..self.clone()
        }
    }

    /// The body of `POST /register`.
    pub fn form(&self) -> Value {
        json!({
            "first_name": self.first_name,
            "last_name": self.last_name,
            "username": self.username,
            "email": self.email,
            "password": self.password,
        })
    }

    /// The body of `POST /login`.
    pub fn login(&self) -> Value {
        json!({ "identifier": self.username, "password": self.password })
    }
}

/// Twelve characters that never come twice.
pub fn unique() -> String {
    let id = Uuid::now_v7().simple().to_string();
    id.chars().skip(20).collect()
}

/// A password that nobody has yet.
pub fn new_password() -> String {
    format!("battery staple {}", unique())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn people_are_unique_and_fit_the_rules() {
        let people: Vec<_> = (0..1000).map(|_| Person::new("ada")).collect();
        let names: BTreeSet<_> = people.iter().map(|p| &p.username).collect();
        assert_eq!(names.len(), people.len());
        assert!(people.iter().all(|p| p.username.len() <= 32));
    }
}
