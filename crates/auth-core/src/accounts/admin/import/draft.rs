//! What another system tells about somebody, held to our rules.

use super::{ImportRules, Refusal};
use crate::accounts::newcomer::{local_part, parts_of, usernames_like};
use crate::clock::Timestamp;
use crate::email::Email;
use crate::error::FieldError;
use crate::id::{IdentityId, UserId};
use crate::identity::{Identity, ProviderId, Subject};
use crate::name::PersonName;
use crate::password::PasswordHash;
use crate::user::{ImportedUser, NewUser};
use crate::username::Username;

/// The most bytes that an issuer or its name for a person has (OpenID Connect Core 1.0, 2
/// allows 255 for the latter).
const MAX_SUBJECT: usize = 255;

/// The most identities of one person.
const MAX_IDENTITIES: usize = 50;

/// Somebody as another system knows them, held to no rule yet.
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    /// The account's id there. It stays the same here if it is a UUID.
    pub id: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// The whole name, where the other two are not told.
    pub full_name: Option<String>,
    /// The username. Who has none, or the address as such, gets one that is like the address.
    pub username: Option<String>,
    /// The address.
    pub email: Option<String>,
    /// Whether the address is confirmed, if that is known.
    pub email_verified: Option<bool>,
    /// The password's hash.
    pub password_hash: Option<PasswordHash>,
    /// The account can't sign in.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// Who the person is at providers.
    pub identities: Vec<ArrivingIdentity>,
}

/// Who somebody is at a provider.
#[derive(Clone, Debug)]
pub struct ArrivingIdentity {
    /// The provider's name here.
    pub provider: String,
    /// Who vouches.
    pub issuer: String,
    /// The issuer's name for the person.
    pub subject: String,
    /// The address that the provider told.
    pub email: Option<String>,
    /// When it was linked, if that is known.
    pub linked_at: Option<Timestamp>,
}

/// Gathers what is wrong.
#[derive(Default)]
struct Reasons(Vec<Refusal>);

impl Reasons {
    fn check<T>(&mut self, parsed: Result<T, FieldError>) -> Option<T> {
        let refusal = |error: FieldError| Refusal::new(error.field, error.detail);
        parsed.map_err(|error| self.0.push(refusal(error))).ok()
    }
}

impl Arrival {
    /// The account that somebody becomes, and the usernames that it may get. The first of them
    /// is the account's.
    ///
    /// # Errors
    /// Every rule that is broken.
    pub(super) fn draft(
        &self,
        rules: &ImportRules,
        now: Timestamp,
    ) -> Result<(ImportedUser, Vec<Username>), Vec<Refusal>> {
        let mut reasons = Reasons::default();
        let email = Email::parse("email", self.email.as_deref().unwrap_or_default());
        let Some(email) = reasons.check(email) else {
            return Err(reasons.0);
        };
        let usernames = self.usernames(rules, &email, &mut reasons);
        let created_at = self.created_at(now, &mut reasons);
        let identities = self.identities(created_at, &mut reasons);
        let (first, last) = self.names();
        let first_name = reasons.check(PersonName::optional("first_name", first));
        let last_name = reasons.check(PersonName::optional("last_name", last));
        match (first_name, last_name, usernames.first()) {
            (Some(first_name), Some(last_name), Some(username)) if reasons.0.is_empty() => {
                let first_name = match first_name.as_str() {
                    "" => PersonName::tidied(username.as_str()),
                    _ => first_name,
                };
                let user = NewUser {
                    id: self.id(rules.source, &email),
                    first_name,
                    last_name,
                    username: username.clone(),
                    email,
                    email_verified: self.email_verified.unwrap_or(rules.trust_addresses),
                    password_hash: self.password_hash.clone(),
                    identity: None,
                    created_at,
                };
                let account = ImportedUser {
                    user,
                    disabled: self.disabled,
                    identities,
                };
                Ok((account, usernames))
            }
            _ => Err(reasons.0),
        }
    }

    /// Its own, or one that is the same whenever the person comes.
    fn id(&self, source: &str, email: &Email) -> UserId {
        let made = self.created_at.unwrap_or_default();
        match &self.id {
            Some(id) => {
                let small = id.to_ascii_lowercase();
                let own = small.parse();
                own.unwrap_or_else(|_| UserId::derived(source, id, made))
            }
            // Two with one address are the same person if they have one username as well.
            None => {
                let username = self.username.as_deref().unwrap_or_default();
                let name = format!("{} {username}", email.key());
                UserId::derived(source, &name, made)
            }
        }
    }

    fn names(&self) -> (&str, &str) {
        let given = self.first_name.as_deref().unwrap_or_default();
        let family = self.last_name.as_deref().unwrap_or_default();
        match given.is_empty() && family.is_empty() {
            true => parts_of(self.full_name.as_deref().unwrap_or_default()),
            false => (given, family),
        }
    }

    fn usernames(
        &self,
        rules: &ImportRules,
        email: &Email,
        reasons: &mut Reasons,
    ) -> Vec<Username> {
        let wanted = self.username.as_deref().unwrap_or_default();
        if !wanted.is_empty() && !wanted.eq_ignore_ascii_case(email.as_str()) {
            let parsed = reasons.check(Username::parse("username", wanted));
            return parsed.into_iter().collect();
        }
        let full_name = self.full_name.as_deref().unwrap_or_default();
        let wishes = [local_part(email.as_str()), full_name];
        usernames_like(&wishes, &rules.reserved).collect()
    }

    fn created_at(&self, now: Timestamp, reasons: &mut Reasons) -> Timestamp {
        let created_at = self.created_at.unwrap_or(now);
        if created_at < Timestamp::default() || created_at > now {
            let reason = "it is no time between 1970 and now";
            reasons.0.push(Refusal::new("created_at", reason));
        }
        created_at
    }

    fn identities(&self, made: Timestamp, reasons: &mut Reasons) -> Vec<Identity> {
        if self.identities.len() > MAX_IDENTITIES {
            let reason = format!("there are more than {MAX_IDENTITIES}");
            reasons.0.push(Refusal::new("identities", reason));
            return vec![];
        }
        let parsed = self.identities.iter().map(|one| one.parse(made));
        let mut parsed = parsed.filter_map(|one| {
            let refused = |reason| reasons.0.push(Refusal::new("identities", reason));
            one.map_err(refused).ok()
        });
        parsed.by_ref().collect()
    }
}

impl ArrivingIdentity {
    fn parse(&self, made: Timestamp) -> Result<Identity, String> {
        let provider: ProviderId = self.provider.parse().map_err(|error| format!("{error}"))?;
        let is_plain = |text: &str| {
            let fits = (1..=MAX_SUBJECT).contains(&text.len());
            fits && !text.chars().any(char::is_control)
        };
        if !is_plain(&self.subject) || !is_plain(&self.issuer) {
            return Err(format!(
                "a subject and an issuer have 1 to {MAX_SUBJECT} bytes without control characters"
            ));
        }
        let email = self
            .email
            .as_deref()
            .map(|email| Email::parse("email", email));
        let email = email.transpose().map_err(|error| error.detail)?;
        Ok(Identity {
            id: IdentityId::generate(),
            provider,
            subject: Subject {
                issuer: self.issuer.clone(),
                name: self.subject.clone(),
            },
            email: email.map(|email| email.to_string()),
            linked_at: self.linked_at.unwrap_or(made),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reserved::ReservedNames;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn rules() -> ImportRules {
        ImportRules {
            source: "test",
            trust_addresses: false,
            max_hash_cost: 32,
            reserved: ReservedNames::built_in(),
            dry_run: None,
        }
    }

    fn ada() -> Arrival {
        Arrival {
            email: Some("Ada@example.org".into()),
            ..Arrival::default()
        }
    }

    fn draft(arrival: &Arrival) -> ImportedUser {
        arrival.draft(&rules(), NOW).unwrap().0
    }

    fn refused(arrival: &Arrival) -> Vec<String> {
        let reasons = arrival.draft(&rules(), NOW).unwrap_err();
        reasons.into_iter().map(|refusal| refusal.field).collect()
    }

    #[test]
    fn what_is_not_told_is_made_up() {
        let user = draft(&ada()).user;
        assert_eq!(user.username.as_str(), "Ada");
        assert_eq!(
            (user.first_name.as_str(), user.last_name.as_str()),
            ("Ada", "")
        );
        assert!(!user.email_verified);
        assert_eq!(user.created_at, NOW);
        let reserved = Arrival {
            email: Some("admin@example.org".into()),
            full_name: Some("Ada King Lovelace".into()),
            ..ada()
        };
        let user = draft(&reserved).user;
        assert_eq!(user.username.as_str(), "AdaKingLovelace");
        assert_eq!(user.last_name.as_str(), "Lovelace");
    }

    #[test]
    fn an_address_as_username_is_none() {
        let arrival = |name: &str| Arrival {
            username: Some(name.into()),
            ..ada()
        };
        assert_eq!(
            draft(&arrival("ada@example.org")).user.username.as_str(),
            "Ada"
        );
        assert_eq!(refused(&arrival("ada@example.com")), ["username"]);
        assert_eq!(draft(&arrival("admin")).user.username.as_str(), "admin");
    }

    #[test]
    fn an_id_stays_if_it_can_and_is_the_same_each_time() {
        let arrival = |id: &str| Arrival {
            id: Some(id.into()),
            ..ada()
        };
        let uuid = "0196F3A1-7B4C-4C3D-9E2F-1A2B3C4D5E6F";
        assert_eq!(
            draft(&arrival(uuid)).user.id.to_string(),
            uuid.to_lowercase()
        );
        assert_eq!(draft(&arrival("7")).user.id, draft(&arrival("7")).user.id);
        assert_ne!(draft(&arrival("7")).user.id, draft(&arrival("8")).user.id);
        assert_eq!(draft(&ada()).user.id, draft(&ada()).user.id);
    }

    #[test]
    fn every_broken_rule_is_told() {
        let broken = Arrival {
            first_name: Some("x".repeat(101)),
            last_name: Some("\u{0}".into()),
            username: Some("a b".into()),
            created_at: Some(Timestamp::from_millis(-1)),
            identities: vec![ArrivingIdentity {
                provider: "Google".into(),
                issuer: "https://accounts.google.com".into(),
                subject: "1".into(),
                email: None,
                linked_at: None,
            }],
            ..ada()
        };
        let mut fields = refused(&broken);
        fields.sort();
        assert_eq!(
            fields,
            [
                "created_at",
                "first_name",
                "identities",
                "last_name",
                "username"
            ]
        );
        assert_eq!(refused(&Arrival::default()), ["email"]);
    }
}
