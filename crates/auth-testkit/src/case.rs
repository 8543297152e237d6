//! Cases: what they are called, what they need, and how they run.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::need::Need;
use crate::target::Target;

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

/// Lists the cases of an area with what they need.
macro_rules! cases {
    ($area:literal: $($name:ident $([$($need:ident),+])?),+ $(,)?) => {
        /// The cases of this area.
        pub(super) const CASES: &[crate::case::Case] = &[$(
            crate::case::Case::new(
                concat!($area, "::", stringify!($name)),
                &[$($(crate::need::Need::$need),+)?],
                |target| Box::pin($name(target)),
            )
        ),+];
    };
}
pub(crate) use cases;

#[cfg(test)]
mod tests {
    use super::*;

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
