//! Who can arrive.

use crate::DevProvider;

/// Somebody who signs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The `sub` claim: who it is, for good.
    pub subject: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// Whether the provider vouches for the address.
    pub email_verified: bool,
    /// The given name, or the only one.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The name the person likes to be known by; not unique.
    pub preferred_username: Option<String>,
}

impl Person {
    /// The whole name, if any is known.
    pub fn name(&self) -> Option<String> {
        let names = [self.given_name.as_deref(), self.family_name.as_deref()];
        let known: Vec<&str> = names.into_iter().flatten().collect();
        (!known.is_empty()).then(|| known.join(" "))
    }

    /// What to call the person on a page.
    pub(crate) fn label(&self) -> String {
        let name = self.name().or_else(|| self.preferred_username.clone());
        name.unwrap_or_else(|| self.subject.clone())
    }

    fn sample(username: &str, given: &str, family: &str, verified: bool) -> Self {
        Self {
            subject: format!("sample-{username}"),
            email: Some(format!("{username}@example.com")),
            email_verified: verified,
            given_name: Some(given.to_owned()),
            family_name: (!family.is_empty()).then(|| family.to_owned()),
            preferred_username: Some(username.to_owned()),
        }
    }
}

impl DevProvider {
    /// Six people at example.com: among them one whose address is not verified (`sample-tomasz`),
    /// one with a single name (`sample-suharti`) and names outside of ASCII.
    pub fn sample_people() -> Vec<Person> {
        vec![
            Person::sample("amara", "Amara", "Okafor", true),
            Person::sample("bjorn", "Björn", "Åkesson", true),
            Person::sample("eleni", "Ελένη", "Παπαδοπούλου", true),
            Person::sample("sofia", "Sofía", "Núñez", true),
            Person::sample("suharti", "Suharti", "", true),
            Person::sample("tomasz", "Tomasz", "Wójcik", false),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_sample_people_are_six_different_ones() {
        let people = DevProvider::sample_people();
        let subjects: BTreeSet<_> = people.iter().map(|person| &person.subject).collect();
        assert_eq!(subjects.len(), 6);
        assert_eq!(people.iter().filter(|p| !p.email_verified).count(), 1);
        assert_eq!(people.iter().filter(|p| p.family_name.is_none()).count(), 1);
    }

    #[test]
    fn a_single_name_is_the_whole_name() {
        let name = |given: &str, family: &str| Person::sample("x", given, family, true).name();
        assert_eq!(name("Suharti", "").as_deref(), Some("Suharti"));
        assert_eq!(name("Amara", "Okafor").as_deref(), Some("Amara Okafor"));
    }
}
