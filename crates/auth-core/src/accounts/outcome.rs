//! How a sign-in ends, whatever proved it.

use std::time::Duration;

use crate::secret::Secret;
use crate::strategy::Issued;

/// How a sign-in ends: by a password, through a provider, or by a mailed link.
#[derive(Clone, Debug)]
pub enum SignInOutcome {
    /// The client is signed in.
    Done(Box<Issued>),
    /// It takes one more step; until then nobody is signed in.
    Pending(Pending),
}

/// A sign-in that takes one more step. It carries no credential.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Names it. It works once, and is kept as a hash.
    pub handle: Secret,
    /// What the client has to bring along, and nobody else: the secret of its flow cookie.
    pub client: Secret,
    /// How long it waits, for minutes (NIST SP 800-63B-4, 2.2.2: one session of
    /// authentication).
    pub lifetime: Duration,
    /// What can end it; one of these does.
    pub steps: Vec<Step>,
}

/// What can end a sign-in that takes one more step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// A code of an authenticator app.
    Totp,
    /// A passkey.
    Passkey,
    /// A recovery code.
    RecoveryCode,
    /// A code that was mailed.
    MailCode,
    /// Adding an authenticator app, since the account needs a second factor and has none.
    AddTotp,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 5] = [
        Self::Totp,
        Self::Passkey,
        Self::RecoveryCode,
        Self::MailCode,
        Self::AddTotp,
    ];

    /// The form on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery_code",
            Self::MailCode => "mail_code",
            Self::AddTotp => "add_totp",
        }
    }
}

impl SignInOutcome {
    /// What the client got, if it is signed in.
    pub fn issued(&self) -> Option<&Issued> {
        match self {
            Self::Done(issued) => Some(issued),
            Self::Pending(_) => None,
        }
    }
}
