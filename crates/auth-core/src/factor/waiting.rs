//! What waits for one more step of somebody: a sign-in for its second factor, a new factor to
//! be confirmed.

use crate::email::Email;
use crate::id::UserId;
use crate::strategy::AuthenticationEvent;

/// For what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingFor {
    /// The second factor of a sign-in.
    SecondFactor,
    /// A passkey, which is all that the sign-in takes.
    Passkey,
    /// A mailed code, instead of a password.
    MailCode,
    /// The first code of an authenticator app that is to be added.
    Totp,
    /// A passkey that is to be added.
    NewPasskey,
    /// A second factor that is to be shown again.
    Again,
}

impl WaitingFor {
    /// Everything.
    pub const ALL: [Self; 6] = [
        Self::SecondFactor,
        Self::Passkey,
        Self::MailCode,
        Self::Totp,
        Self::NewPasskey,
        Self::Again,
    ];

    /// The stored form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SecondFactor => "second_factor",
            Self::Passkey => "passkey",
            Self::MailCode => "mail_code",
            Self::Totp => "totp",
            Self::NewPasskey => "new_passkey",
            Self::Again => "again",
        }
    }

    /// Reads the stored form.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// What waits.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// For what.
    pub waits_for: WaitingFor,
    /// Whose it is, if that is known.
    pub user: Option<UserId>,
    /// The sign-in, if it is one that has begun.
    pub sign_in: Option<WaitingSignIn>,
    /// The address that a code goes to.
    pub email: Option<Email>,
}

/// A sign-in that has begun.
#[derive(Clone, Debug)]
pub struct WaitingSignIn {
    /// The version of the account's credentials.
    pub credentials_version: i64,
    /// What was proven.
    pub proof: AuthenticationEvent,
    /// What kind of credential the client keeps, by its name.
    pub scheme: String,
}

impl Waiting {
    /// For something of a user.
    pub fn of(waits_for: WaitingFor, user: Option<UserId>) -> Self {
        Self {
            waits_for,
            user,
            sign_in: None,
            email: None,
        }
    }
}
