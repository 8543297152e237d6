//! What is sent.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::secret::Secret;

/// What a person fills in to sign up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Registration {
    /// Given name.
    pub first_name: String,
    /// Family name; empty for people who have one name.
    pub last_name: String,
    /// The wanted name to sign in with.
    pub username: String,
    /// The e-mail address.
    pub email: String,
    /// The wanted password.
    pub password: Secret,
}

/// A sign-in with a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Login {
    /// A username or an e-mail address.
    pub identifier: String,
    /// The password.
    pub password: Secret,
    /// Whether to stay signed in for long.
    #[serde(skip_serializing_if = "is_false")]
    pub remember: bool,
}

impl Login {
    /// A sign-in that lasts as long as the server's sessions do.
    pub fn new(identifier: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self {
            identifier: identifier.into(),
            password: password.into(),
            remember: false,
        }
    }

    /// The same for long.
    #[must_use]
    pub fn remembered(self) -> Self {
        Self {
            remember: true,
            ..self
        }
    }
}

/// What confirms an address: the token from the mailed link, and a proof that whoever reads
/// the mail is who asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Confirmation {
    /// The token.
    pub token: Secret,
    /// The password chosen at the sign-up, or the account's. Who is signed in to the account
    /// may leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// Whether to stay signed in for long.
    #[serde(skip_serializing_if = "is_false")]
    pub remember: bool,
}

impl Confirmation {
    /// With the session of the account as proof.
    pub fn signed_in(token: impl Into<Secret>) -> Self {
        Self {
            token: token.into(),
            password: None,
            remember: false,
        }
    }

    /// With a password as proof.
    pub fn new(token: impl Into<Secret>, password: impl Into<Secret>) -> Self {
        Self {
            password: Some(password.into()),
            ..Self::signed_in(token)
        }
    }

    /// The same, to stay signed in for long.
    #[must_use]
    pub fn remembered(self) -> Self {
        Self {
            remember: true,
            ..self
        }
    }
}

/// What is to change of an account; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProfilePatch {
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The name to sign in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The language of pages and mails (BCP 47); empty: what the browser asks for. Servers of
    /// earlier versions refuse it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// A new address: needs `current_password` or a fresh sign-in, and changes nothing before
    /// it is confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The password, where that is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_password: Option<Secret>,
    /// What is to change of what the application keeps about the user: a merge patch (RFC
    /// 7396), in which `null` takes a field away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Map<String, Value>>,
}

/// How to go to a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderStart {
    /// Where to go in the end: a path of the server or a URL of a trusted origin, without a
    /// fragment; `/` when left out.
    pub return_to: Option<String>,
    /// Whether the person is to show the provider anew who they are.
    pub fresh: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}
