//! What a sign-in begins with.

use crate::assurance::{Assurance, Method};
use crate::identity::ProviderId;

/// What a sign-in begins with: the proof before any second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInMethod {
    /// A password.
    Password,
    /// A sign-in at a provider.
    Provider(ProviderId),
    /// A passkey alone.
    Passkey,
    /// A code that was mailed.
    MailCode,
    /// A link that was mailed, with the password of the sign-up.
    MailedLink,
}

impl SignInMethod {
    /// Its name in the log and in metrics: a word of ours, or the id of a provider, which the
    /// operator has chosen.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Password => "password",
            Self::Provider(id) => id.as_str(),
            Self::Passkey => "passkey",
            Self::MailCode => "mail_code",
            Self::MailedLink => "mailed_link",
        }
    }

    /// The one by which somebody has proven this at first, where no provider did.
    pub(crate) fn of(assurance: Assurance) -> Self {
        if assurance.has(Method::Password) {
            Self::Password
        } else if assurance.has(Method::Mail) {
            Self::MailCode
        } else {
            Self::Passkey
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn a_second_factor_is_not_what_a_sign_in_began_with() {
        let of = |first, second| {
            SignInMethod::of(Assurance::by(first).and_second(second, Timestamp::default()))
        };
        assert_eq!(
            of(Method::Password, Method::HardwareKey),
            SignInMethod::Password
        );
        assert_eq!(of(Method::Mail, Method::Totp), SignInMethod::MailCode);
        let key = of(Method::SoftwareKey, Method::UserVerification);
        assert_eq!(key, SignInMethod::Passkey);
    }
}
