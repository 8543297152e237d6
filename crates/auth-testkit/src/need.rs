//! What cases may need of a target.

use std::fmt;

/// What a case may need of a target, beyond the contract's defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The credential is a secret of its session.
    Opaque,
    /// The credential is a signed token.
    Jwt,
    /// The credential travels in a cookie.
    Cookie,
    /// The credential travels in the `Authorization` header.
    Bearer,
    /// Addresses must be confirmed.
    VerificationRequired,
    /// Addresses need not be confirmed.
    VerificationOptional,
    /// Revoked credentials are dead at once.
    AtOnce,
    /// No identity provider is set up.
    NoProviders,
    /// Providers are set up that do what a case wants.
    Providers,
    /// The limits are on, and clients can call from addresses of their choice.
    Limits,
    /// Clients can call from addresses of their choice.
    Addresses,
    /// Another process shares the store.
    SecondNode,
    /// A foreign origin is trusted.
    TrustedOrigin,
    /// Somebody can disable accounts.
    Operator,
    /// A mailed code signs in.
    MailCodes,
    /// Everything ends soon. The other cases need things to last, so on such a target
    /// only cases with this need run.
    ShortLifetimes,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opaque => "opaque credentials",
            Self::Jwt => "signed tokens",
            Self::Cookie => "the credential in a cookie",
            Self::Bearer => "the credential in a header",
            Self::VerificationRequired => "addresses that must be confirmed",
            Self::VerificationOptional => "addresses that need not be confirmed",
            Self::AtOnce => "revocation at once",
            Self::NoProviders => "no identity providers",
            Self::Providers => "providers that do as told",
            Self::Limits => "limits, on this machine",
            Self::Addresses => "a server on this machine",
            Self::SecondNode => "a second node",
            Self::TrustedOrigin => "a trusted origin",
            Self::Operator => "an operator",
            Self::MailCodes => "sign-in by mailed codes",
            Self::ShortLifetimes => "short lifetimes",
        })
    }
}
