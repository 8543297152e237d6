//! How well somebody has proven who they are: by which methods, and when by a second one.

use std::fmt::Write as _;

use crate::clock::Timestamp;

/// One way to prove who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A password.
    Password,
    /// A code of an authenticator app.
    Totp,
    /// A recovery code.
    RecoveryCode,
    /// A key that never leaves its device.
    HardwareKey,
    /// A key that may be copied between devices, as synced passkeys are.
    SoftwareKey,
    /// The device has verified its user, by a PIN or a fingerprint.
    UserVerification,
    /// A code that was mailed.
    Mail,
    /// A sign-in at a provider.
    Provider,
    /// A second factor that a provider vouches for.
    ProviderFactor,
}

impl Method {
    const ALL: [Self; 9] = [
        Self::Password,
        Self::Totp,
        Self::RecoveryCode,
        Self::HardwareKey,
        Self::SoftwareKey,
        Self::UserVerification,
        Self::Mail,
        Self::Provider,
        Self::ProviderFactor,
    ];

    /// The stored form.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
            Self::HardwareKey => "hardware_key",
            Self::SoftwareKey => "software_key",
            Self::UserVerification => "user_verification",
            Self::Mail => "mail",
            Self::Provider => "provider",
            Self::ProviderFactor => "provider_factor",
        }
    }

    /// What RFC 8176 calls it, if anything: codes that work once are all `otp` there.
    const fn reference(self) -> Option<&'static str> {
        match self {
            Self::Password => Some("pwd"),
            Self::Totp | Self::RecoveryCode | Self::Mail => Some("otp"),
            Self::HardwareKey => Some("hwk"),
            Self::SoftwareKey => Some("swk"),
            Self::UserVerification => Some("user"),
            Self::Provider | Self::ProviderFactor => None,
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// By what somebody has proven who they are. Nothing is known of sessions that servers of
/// older versions have opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assurance {
    methods: u16,
    second_at: Option<Timestamp>,
}

impl Assurance {
    /// By this method alone.
    pub fn by(method: Method) -> Self {
        Self::default().and(method)
    }

    /// And by this one, which makes it no stronger.
    #[must_use]
    pub fn and(self, method: Method) -> Self {
        Self {
            methods: self.methods | method.bit(),
            ..self
        }
    }

    /// And by this one, at this time, which is a second factor to what came before.
    #[must_use]
    pub fn and_second(self, method: Method, at: Timestamp) -> Self {
        Self {
            second_at: Some(at),
            ..self.and(method)
        }
    }

    /// With what was proven before, as of this time.
    #[must_use]
    pub fn refreshed(self, at: Timestamp) -> Self {
        Self {
            second_at: self.second_at.map(|before| before.max(at)),
            ..self
        }
    }

    /// By which methods, as they are stored.
    pub fn methods(self) -> impl Iterator<Item = &'static str> {
        let all = Method::ALL.into_iter();
        all.filter(move |method| self.has(*method))
            .map(Method::as_str)
    }

    /// When a second factor was shown last.
    pub const fn second_at(self) -> Option<Timestamp> {
        self.second_at
    }

    /// Whether it is this method, among others.
    pub const fn has(self, method: Method) -> bool {
        self.methods & method.bit() != 0
    }

    /// The authenticator assurance level, after those of NIST SP 800-63B-4, 2: `aal2` by two
    /// factors, `aal1` otherwise. It is the `acr` of OpenID Connect.
    pub const fn level(self) -> &'static str {
        match self.second_at {
            Some(_) => "aal2",
            None => "aal1",
        }
    }

    /// The authentication method references of RFC 8176, 2, each once.
    pub fn references(self) -> Vec<&'static str> {
        let all = Method::ALL.into_iter().filter(|method| self.has(*method));
        let mut references = vec![];
        for reference in all.filter_map(Method::reference) {
            if !references.contains(&reference) {
                references.push(reference);
            }
        }
        references.extend(self.second_at.map(|_| "mfa"));
        references
    }

    /// The stored form; nothing when nothing is known.
    pub fn to_stored(self) -> Option<String> {
        if self == Self::default() {
            return None;
        }
        let at = self.second_at.map(|at| at.as_millis().to_string());
        let mut text = at.unwrap_or_else(|| "-".to_owned());
        for method in Method::ALL.into_iter().filter(|method| self.has(*method)) {
            // Writing to a string can't fail.
            let _ = write!(text, " {}", method.as_str());
        }
        Some(text)
    }

    /// Reads the stored form. Methods that only a later version knows are passed over.
    pub fn from_stored(text: &str) -> Self {
        let mut words = text.split(' ');
        let second_at = words.next().and_then(|at| at.parse().ok());
        let start = Self {
            methods: 0,
            second_at: second_at.map(Timestamp::from_millis),
        };
        words.fold(start, |known, word| {
            let method = Method::ALL.into_iter().find(|one| one.as_str() == word);
            method.map_or(known, |method| known.and(method))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_survives_being_stored() {
        let at = Timestamp::from_millis(1_700_000_000_000);
        let password = Assurance::by(Method::Password);
        for assurance in [
            Assurance::default(),
            password,
            password.and_second(Method::Totp, at),
            Assurance::by(Method::SoftwareKey).and_second(Method::UserVerification, at),
        ] {
            let stored = assurance.to_stored();
            let read = stored.as_deref().map(Assurance::from_stored);
            assert_eq!(read.unwrap_or_default(), assurance);
        }
        let of_a_later_version = Assurance::from_stored("- password telepathy");
        assert_eq!(of_a_later_version, password);
    }

    #[test]
    fn it_is_told_in_the_words_of_rfc_8176() {
        let at = Timestamp::default();
        let codes = Assurance::by(Method::Password).and_second(Method::RecoveryCode, at);
        let codes = codes.and_second(Method::Totp, at);
        assert_eq!(codes.references(), ["pwd", "otp", "mfa"]);
        assert_eq!(codes.level(), "aal2");
        let provider = Assurance::by(Method::Provider);
        assert_eq!(provider.references(), [""; 0]);
        assert_eq!(provider.level(), "aal1");
    }
}
