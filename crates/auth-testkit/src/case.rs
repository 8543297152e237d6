//! Cases: what they are called, what they need, and how they run.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::target::Target;

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
            Self::ShortLifetimes => "short lifetimes",
        })
    }
}

/// A case under way.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// One promise of the contract, put to the test.
#[derive(Clone, Copy)]
pub struct Case {
    /// Its area and the promise: `sign_up::a_confirmation_token_works_once`.
    pub name: &'static str,
    /// What it needs.
    pub needs: &'static [Need],
    start: for<'a> fn(&'a Target) -> Running<'a>,
}

/// No case takes this long, unless a server hangs.
const PATIENCE: Duration = Duration::from_secs(120);

impl Case {
    /// A case; [`cases!`] writes this.
    pub(crate) const fn new(
        name: &'static str,
        needs: &'static [Need],
        start: for<'a> fn(&'a Target) -> Running<'a>,
    ) -> Self {
        Self { name, needs, start }
    }

    /// What it needs that is not on offer; nothing when it applies.
    pub fn lacks(&self, offers: &[Need]) -> Option<String> {
        let missing = self.needs.iter().find(|need| !offers.contains(need));
        if let Some(need) = missing {
            return Some(format!("needs {need}"));
        }
        let hurried = offers.contains(&Need::ShortLifetimes);
        let expects_it = self.needs.contains(&Need::ShortLifetimes);
        (hurried && !expects_it).then(|| "needs things to last".to_owned())
    }

    /// Runs it.
    ///
    /// # Errors
    /// When the target breaks the promise, or hangs.
    pub async fn run(&self, target: &Target) -> Result<()> {
        let case = (self.start)(target);
        let outcome = tokio::time::timeout(PATIENCE, case).await;
        outcome.with_context(|| format!("no end after {} s", PATIENCE.as_secs()))?
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Every case.
pub fn all() -> Vec<Case> {
    crate::cases::all()
}

/// Lists the cases of an area with what they need.
macro_rules! cases {
    ($area:literal: $($name:ident $([$($need:ident),+])?),+ $(,)?) => {
        /// The cases of this area.
        pub(super) const CASES: &[crate::case::Case] = &[$(
            crate::case::Case::new(
                concat!($area, "::", stringify!($name)),
                &[$($(crate::case::Need::$need),+)?],
                |target| Box::pin($name(target)),
            )
        ),+];
    };
}
pub(crate) use cases;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_case_has_a_name_of_its_own() {
        let all = all();
        let names: BTreeSet<_> = all.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn a_case_runs_where_its_needs_are_met_and_nothing_hurries_it() {
        let case = |needs| Case::new("area::case", needs, |_| Box::pin(async { Ok(()) }));
        assert_eq!(case(&[]).lacks(&[Need::Cookie]), None);
        assert!(case(&[Need::Bearer]).lacks(&[Need::Cookie]).is_some());
        assert!(case(&[]).lacks(&[Need::ShortLifetimes]).is_some());
        assert_eq!(
            case(&[Need::ShortLifetimes]).lacks(&[Need::ShortLifetimes]),
            None
        );
    }
}
