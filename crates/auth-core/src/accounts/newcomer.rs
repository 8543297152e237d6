//! Somebody whom a provider sends for the first time: names, address and username, as far
//! as the provider knows them.

use crate::email::Email;
use crate::identity::ProvenIdentity;
use crate::name::PersonName;
use crate::reserved::ReservedNames;
use crate::secret::Secret;
use crate::username::Username;

/// A person as the provider describes them.
#[derive(Debug)]
pub(super) struct Newcomer {
    /// The address that the provider vouches for.
    pub(super) email: Email,
    /// Family name; empty for a person who has none.
    pub(super) last_name: PersonName,
    /// Given name; empty when the provider tells none.
    pub(super) first_name: PersonName,
}

impl Newcomer {
    /// The person, unless the provider vouches for no address.
    pub(super) fn of(proven: &ProvenIdentity) -> Option<Self> {
        let email = proven.email.clone().filter(|_| proven.email_verified)?;
        let (first_name, last_name) = names(proven);
        Some(Self {
            email,
            first_name: PersonName::tidied(first_name),
            last_name: PersonName::tidied(last_name),
        })
    }

    /// Given name; for a person who told none, the name they are called by here.
    pub(super) fn first_name(&self, username: &Username) -> PersonName {
        if self.first_name.as_str().is_empty() {
            return PersonName::tidied(username.as_str());
        }
        self.first_name.clone()
    }
}

fn names(proven: &ProvenIdentity) -> (&str, &str) {
    let given = proven.given_name.as_deref().unwrap_or_default();
    let family = proven.family_name.as_deref().unwrap_or_default();
    if !given.is_empty() || !family.is_empty() {
        return (given, family);
    }
    parts_of(proven.full_name.as_deref().unwrap_or_default())
}

/// A whole name as given and family name.
pub(super) fn parts_of(full: &str) -> (&str, &str) {
    let full = full.trim();
    full.rsplit_once(' ').unwrap_or((full, ""))
}

/// Usernames to try, the nicest first: what the person likes to be called, the local part of
/// the address, the whole name.
pub(super) fn usernames(
    proven: &ProvenIdentity,
    reserved: &ReservedNames,
) -> impl Iterator<Item = Username> + use<> {
    let wishes = [
        proven.preferred_username.as_deref().map(local_part),
        proven
            .email
            .as_ref()
            .map(|email| local_part(email.as_str())),
        proven.full_name.as_deref(),
    ];
    usernames_like(&wishes.map(Option::unwrap_or_default), reserved)
}

/// What stands before the @ of an address.
pub(super) fn local_part(address: &str) -> &str {
    address.split('@').next().unwrap_or_default()
}

/// Usernames like the first of these that can be one and is not reserved, the nicest first.
/// The last ones are taken by nobody.
pub(super) fn usernames_like(
    wishes: &[&str],
    reserved: &ReservedNames,
) -> impl Iterator<Item = Username> + use<> {
    let base = wishes
        .iter()
        .filter_map(|wish| Username::derived_from(wish, ""))
        .find(|name| !reserved.hold(name));
    let base = base.map_or_else(|| "user".to_owned(), |name| name.as_str().to_owned());
    let plain = Username::derived_from(&base, "");
    let numbered = [3, 5, 10, 10].map(|digits| {
        let suffix = format!("-{}", random_digits(digits));
        Username::derived_from(&base, &suffix)
    });
    [plain].into_iter().chain(numbered).flatten()
}

/// Digits that nobody can foresee.
fn random_digits(count: usize) -> String {
    let random = Secret::generate().reveal();
    let digits = random.bytes().map(|byte| char::from(b'0' + byte % 10));
    digits.take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Subject;

    fn proven() -> ProvenIdentity {
        ProvenIdentity {
            subject: Subject {
                issuer: "https://id.example.org".into(),
                name: "1".into(),
            },
            email: Some(Email::parse("email", "ada.l+x@example.org").unwrap()),
            email_verified: true,
            doubt: None,
            given_name: None,
            family_name: None,
            full_name: None,
            preferred_username: None,
            auth_time: None,
            second_factor: false,
        }
    }

    fn first_username(proven: &ProvenIdentity) -> String {
        let reserved = ReservedNames::built_in();
        let mut names = usernames(proven, &reserved);
        names.next().unwrap().as_str().to_owned()
    }

    #[test]
    fn the_username_is_what_the_person_likes_else_the_local_part_else_the_name() {
        let mut person = proven();
        assert_eq!(first_username(&person), "ada.lx");
        person.preferred_username = Some("Countess@example.org".into());
        assert_eq!(first_username(&person), "Countess");
        person.preferred_username = Some("💩".into());
        assert_eq!(first_username(&person), "ada.lx");
        person.preferred_username = Some("Admin".into());
        assert_eq!(first_username(&person), "ada.lx");
        person.preferred_username = Some(" नमस्ते".into());
        assert_eq!(first_username(&person), "नमस्ते");
        person.email = None;
        person.preferred_username = None;
        assert_eq!(first_username(&person), "user");
        person.full_name = Some("Ada Lovelace".into());
        assert_eq!(first_username(&person), "AdaLovelace");
    }

    #[test]
    fn further_usernames_differ_and_fit_the_rules() {
        let mut person = proven();
        person.preferred_username = Some("a".repeat(100));
        let names: Vec<_> = usernames(&person, &ReservedNames::default()).collect();
        assert_eq!(names.len(), 5);
        for name in &names {
            assert!(Username::parse("username", name.as_str()).is_ok(), "{name}");
        }
        assert_ne!(names[3], names[4]);
    }

    #[test]
    fn names_come_from_their_parts_else_from_the_whole() {
        let mut person = proven();
        person.full_name = Some("Ada King Lovelace".into());
        let newcomer = Newcomer::of(&person).unwrap();
        let username = Username::from_stored("ada".into());
        assert_eq!(newcomer.first_name(&username).as_str(), "Ada King");
        assert_eq!(newcomer.last_name.as_str(), "Lovelace");
        person.given_name = Some("Ada\u{202e}\n".into());
        let newcomer = Newcomer::of(&person).unwrap();
        assert_eq!(newcomer.first_name(&username).as_str(), "Ada");
        assert_eq!(newcomer.last_name.as_str(), "");
    }

    #[test]
    fn who_has_no_name_is_called_by_the_username() {
        let newcomer = Newcomer::of(&proven()).unwrap();
        let username = Username::from_stored("ada".into());
        assert_eq!(newcomer.first_name(&username).as_str(), "ada");
    }

    #[test]
    fn an_address_counts_only_when_the_provider_vouches_for_it() {
        let mut person = proven();
        person.email_verified = false;
        assert!(Newcomer::of(&person).is_none());
        person.email_verified = true;
        person.email = None;
        assert!(Newcomer::of(&person).is_none());
    }
}
