//! Every case as a named test, for a `harness = false` test binary.

use std::io;
use std::sync::{Arc, LazyLock};

use anyhow::{Result, anyhow};
use libtest_mimic::{Failed, Trial};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

use crate::case::Case;
use crate::cases::all;
use crate::need::Need;
use crate::target::Target;

/// The runtime that all trials share, and with it the servers' connections.
static RUNTIME: LazyLock<io::Result<Runtime>> = LazyLock::new(Runtime::new);

/// One combination's server: started by the first trial that needs it, gone with the last.
struct Shared<M> {
    make: M,
    offers: Vec<Need>,
    target: OnceCell<Target>,
}

impl<M, F> Shared<M>
where
    M: Fn() -> F,
    F: Future<Output = Result<Target>>,
{
    async fn run(&self, case: &Case) -> Result<()> {
        let target = self.target.get_or_try_init(&self.make).await?;
        let found = target.offers().await?;
        if let Some(need) = self.offers.iter().find(|need| !found.contains(need)) {
            return Err(anyhow!("{target:?} was to have {need}"));
        }
        case.run(target).await
    }
}

/// A test for each case that applies to a server with `offers`, named
/// `{prefix}::{area}::{case}`. The server is made by `make` when the first of them runs.
///
/// What is offered is said beforehand, so that a case that does not apply is not listed
/// and one that is listed is never left out.
pub fn tests_for<M, F>(prefix: &str, offers: &[Need], make: M) -> Vec<Trial>
where
    M: Fn() -> F + Send + Sync + 'static,
    F: Future<Output = Result<Target>> + Send,
{
    let shared = Arc::new(Shared {
        make,
        offers: offers.to_vec(),
        target: OnceCell::new(),
    });
    let apply = all()
        .into_iter()
        .filter(|case| case.lacks(offers).is_none());
    let trial = |case: Case| {
        let shared = Arc::clone(&shared);
        let name = format!("{prefix}::{}", case.name);
        Trial::test(name, move || block_on(shared.run(&case)))
    };
    apply.map(trial).collect()
}

fn block_on(case: impl Future<Output = Result<()>>) -> std::result::Result<(), Failed> {
    let runtime = RUNTIME.as_ref().map_err(Failed::from)?;
    runtime
        .block_on(case)
        .map_err(|error| format!("{error:#}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(offers: &[Need]) -> Vec<String> {
        let trials = tests_for("session::sqlite", offers, || async {
            Err(anyhow!("no server"))
        });
        trials.iter().map(|trial| trial.name().to_owned()).collect()
    }

    #[test]
    fn only_what_applies_is_listed_and_under_its_combination() {
        let names = names(&[Need::Cookie, Need::VerificationRequired]);
        let has = |case: &str| names.contains(&format!("session::sqlite::{case}"));
        assert!(has("sign_up::a_confirmation_token_works_once"));
        assert!(has("cookies::two_session_cookies_are_none"));
        assert!(!has("tokens::another_scheme_is_none"));
        assert!(!has("expiry::an_unused_session_ends"));
    }

    #[test]
    fn a_hurried_server_runs_what_waits_for_the_end() {
        let names = names(&[Need::Bearer, Need::ShortLifetimes]);
        assert!(
            names
                .iter()
                .any(|name| name.ends_with("expiry::an_unused_session_ends"))
        );
        assert!(!names.iter().any(|name| name.contains("::profile::")));
    }
}
