//! What the person at the page decided.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::params::Params;
use crate::{DevProvider, Misbehaviour, Person};

/// The fields of a decision; all others of the form are those of the request.
pub(crate) const FIELDS: [&str; 9] = [
    "person",
    "subject",
    "email",
    "email_verified",
    "given_name",
    "family_name",
    "preferred_username",
    "misbehave",
    "decline",
];

/// What the person at the page decided.
pub(crate) enum Decision {
    /// To arrive as this person.
    SignIn(Person, Option<Misbehaviour>),
    /// Not to.
    Decline,
}

impl Decision {
    /// # Errors
    /// Says what can't be understood.
    pub(crate) fn read(provider: &DevProvider, params: &Params) -> Result<Self, String> {
        let misbehaviour = params.get("misbehave").map(str::parse).transpose();
        let misbehaviour = misbehaviour.map_err(|unknown| format!("{unknown}."))?;
        if params.get("decline").is_some() || misbehaviour == Some(Misbehaviour::Deny) {
            return Ok(Self::Decline);
        }
        let person = match params.get("person") {
            Some(subject) => listed(provider, subject)?,
            None => somebody(params)?,
        };
        Ok(Self::SignIn(person, misbehaviour))
    }
}

fn listed(provider: &DevProvider, subject: &str) -> Result<Person, String> {
    let person = provider.person(subject).cloned();
    person.ok_or_else(|| format!("There is no person `{subject}` on the list."))
}

/// Somebody who is not on the list.
fn somebody(params: &Params) -> Result<Person, String> {
    let email = params.owned("email");
    let subject = match (params.owned("subject"), &email) {
        (Some(subject), _) => subject,
        (None, Some(email)) => subject_of(email),
        (None, None) => return Err("Somebody else needs an e-mail address or a subject.".into()),
    };
    Ok(Person {
        subject,
        email,
        email_verified: params.get("email_verified") == Some("true"),
        given_name: params.owned("given_name"),
        family_name: params.owned("family_name"),
        preferred_username: params.owned("preferred_username"),
    })
}

/// Whoever comes with an address again is the same person.
fn subject_of(email: &str) -> String {
    let hash = digest::digest(&digest::SHA256, email.as_bytes());
    format!("somebody-{}", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..12]))
}
