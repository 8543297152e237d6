//! What a provider tells about a person.

use auth_core::identity::Subject;
use auth_core::{Email, ProvenIdentity, Timestamp};
use serde_json::Value;

use crate::json::{Object, kind};

/// The names under which a provider tells about a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimNames {
    /// The e-mail address; of a list, the first item counts.
    pub email: String,
    /// Whether the address is verified. Unless it is set, that of OpenID Connect, which
    /// speaks of the claim `email` only.
    pub email_verified: Option<String>,
    /// The whole name.
    pub name: String,
    /// The given name.
    pub given_name: String,
    /// The family name.
    pub family_name: String,
    /// How the person likes to be called.
    pub username: String,
}

impl Default for ClaimNames {
    /// Those of OpenID Connect Core 1.0, 5.1.
    fn default() -> Self {
        Self {
            email: "email".to_owned(),
            email_verified: None,
            name: "name".to_owned(),
            given_name: "given_name".to_owned(),
            family_name: "family_name".to_owned(),
            username: "preferred_username".to_owned(),
        }
    }
}

/// When an address counts as verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrustEmail {
    /// When the provider says so by the JSON boolean `true`.
    #[default]
    Boolean,
    /// By the text `true` or the number 1 too, as Apple, Amazon Cognito and LinkedIn do.
    Text,
    /// Unless the provider says that it is not: every address of this issuer is verified.
    /// For a directory whose addresses its owner assigns, never for one where people or
    /// other organisations choose them.
    Always,
}

/// How to read what a provider tells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    pub(crate) names: ClaimNames,
    pub(crate) trust: TrustEmail,
}

/// Claims about a person.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    pub(crate) email: Option<String>,
    /// Why the address does not count; nothing if it is verified.
    pub(crate) doubt: Option<String>,
    pub(crate) full_name: Option<String>,
    pub(crate) given_name: Option<String>,
    pub(crate) family_name: Option<String>,
    pub(crate) preferred_username: Option<String>,
}

impl Profile {
    /// What these claims tell. A name in another form than a text is none.
    pub(crate) fn read(claims: &Object, reading: &Reading) -> Self {
        let names = &reading.names;
        let text = |name: &str| claims.text(name).map(str::to_owned);
        Self {
            email: address(claims.get(&names.email)),
            doubt: reading.doubt(claims),
            full_name: text(&names.name),
            given_name: text(&names.given_name),
            family_name: text(&names.family_name),
            preferred_username: text(&names.username),
        }
    }

    /// Whether an address and a name are known.
    pub(crate) fn is_complete(&self) -> bool {
        self.email.is_some() && (self.full_name.is_some() || self.given_name.is_some())
    }

    /// With what another source tells in addition. An address and whether it is verified
    /// come from one source.
    pub(crate) fn completed_by(self, other: Self) -> Self {
        let (email, doubt) = match self.email {
            Some(email) => (Some(email), self.doubt),
            None => (other.email, other.doubt),
        };
        Self {
            email,
            doubt,
            full_name: self.full_name.or(other.full_name),
            given_name: self.given_name.or(other.given_name),
            family_name: self.family_name.or(other.family_name),
            preferred_username: self.preferred_username.or(other.preferred_username),
        }
    }

    /// The person whom these claims are about.
    pub(crate) fn proves(self, subject: Subject, auth_time: Option<Timestamp>) -> ProvenIdentity {
        let told = self.email.is_some();
        let email = self
            .email
            .and_then(|email| Email::parse("email", &email).ok());
        let unusable = told && email.is_none();
        let doubt = match unusable {
            true => Some("the address is none that mail can be sent to".to_owned()),
            false => self.doubt,
        };
        ProvenIdentity {
            subject,
            email_verified: email.is_some() && doubt.is_none(),
            email,
            doubt,
            given_name: self.given_name,
            family_name: self.family_name,
            full_name: self.full_name,
            preferred_username: self.preferred_username,
            auth_time,
            second_factor: false,
        }
    }
}

/// A text, or the first one of a list, as Azure AD B2C's `emails`.
fn address(value: Option<&Value>) -> Option<String> {
    let first = match value? {
        Value::Array(items) => items.first()?,
        other => other,
    };
    first.as_str().map(str::to_owned)
}

impl Reading {
    /// Why the address of these claims does not count, if it does not.
    fn doubt(&self, claims: &Object) -> Option<String> {
        let (what, name) = (claims.what(), self.names.email.as_str());
        if address(claims.get(name)).is_none() {
            let found = kind(claims.get(name));
            return Some(format!(
                "{what}: {name} is {found}, expected an address; ask for it by scopes, or name \
                 the claim that has it by email_claim"
            ));
        }
        let verified = match &self.names.email_verified {
            Some(name) => name,
            None if name == "email" => "email_verified",
            // Nobody says anything about another claim.
            None if self.trust == TrustEmail::Always => return None,
            None => {
                return Some(format!(
                    "{what}: {name} is an address that nobody vouches for; set trust_email=true \
                     if every address of this provider is verified"
                ));
            }
        };
        let value = claims.get(verified);
        let remedy = match (said(value), self.trust) {
            (Some(true), TrustEmail::Text | TrustEmail::Always) => return None,
            _ if value == Some(&Value::Bool(true)) => return None,
            (None, TrustEmail::Always) => return None,
            (Some(true), TrustEmail::Boolean) => "; set trust_email=text to take that",
            (Some(false), _) => "",
            (None, _) => "; set trust_email=true if every address of this provider is verified",
        };
        let found = match value {
            Some(Value::String(_)) if said(value) == Some(true) => "the text true",
            other => kind(other),
        };
        Some(format!(
            "{what}: {verified} is {found}, expected true{remedy}"
        ))
    }
}

/// Yes or no, in whatever form.
fn said(value: Option<&Value>) -> Option<bool> {
    match value? {
        Value::Bool(said) => Some(*said),
        Value::String(text) if text.eq_ignore_ascii_case("true") || text == "1" => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") || text == "0" => Some(false),
        Value::Number(number) if number.as_u64() == Some(1) => Some(true),
        Value::Number(number) if number.as_u64() == Some(0) => Some(false),
        _ => None,
    }
}
