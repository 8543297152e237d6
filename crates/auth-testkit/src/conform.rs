//! The suite against any base URL.

use std::fmt;

use futures_util::StreamExt as _;

use crate::case::Case;
use crate::cases::all;
use crate::target::Target;

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The promise holds.
    Passed,
    /// It does not, or the server could not be reached.
    Failed(String),
    /// The target lacks what the case needs.
    Skipped(String),
}

/// How every case ended.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The cases by name, in the order in which they were listed.
    pub outcomes: Vec<(&'static str, Outcome)>,
}

impl Report {
    /// How many cases ended like this.
    fn count(&self, like: fn(&Outcome) -> bool) -> usize {
        self.outcomes
            .iter()
            .filter(|(_, outcome)| like(outcome))
            .count()
    }

    /// Whether no case failed.
    pub fn passed(&self) -> bool {
        self.count(|outcome| matches!(outcome, Outcome::Failed(_))) == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.count(|outcome| *outcome == Outcome::Passed),
            self.count(|outcome| matches!(outcome, Outcome::Failed(_))),
            self.count(|outcome| matches!(outcome, Outcome::Skipped(_))),
        )
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("ok"),
            Self::Failed(why) => write!(f, "FAILED: {why}"),
            Self::Skipped(why) => write!(f, "skipped: {why}"),
        }
    }
}

/// Cases that run side by side; each has people and addresses of its own.
const SIDE_BY_SIDE: usize = 4;

/// Runs every case whose name contains `filter` against a target, and prints a line for
/// each as it ends.
pub async fn conform(target: Target, filter: Option<&str>) -> Report {
    let chosen = all()
        .into_iter()
        .filter(|case| filter.is_none_or(|part| case.name.contains(part)));
    let offers = match target.offers().await {
        Ok(offers) => offers,
        Err(error) => return unreachable(chosen, &error),
    };
    let running = chosen.map(|case| {
        let (target, lacks) = (&target, case.lacks(&offers));
        async move {
            let outcome = match lacks {
                Some(lacks) => Outcome::Skipped(lacks),
                None => outcome(case.run(target).await),
            };
            println!("{} ... {outcome}", case.name);
            (case.name, outcome)
        }
    });
    let outcomes = futures_util::stream::iter(running).buffered(SIDE_BY_SIDE);
    Report {
        outcomes: outcomes.collect().await,
    }
}

fn outcome(result: anyhow::Result<()>) -> Outcome {
    match result {
        Ok(()) => Outcome::Passed,
        Err(error) => Outcome::Failed(format!("{error:#}")),
    }
}

fn unreachable(chosen: impl Iterator<Item = Case>, error: &anyhow::Error) -> Report {
    let failed = Outcome::Failed(format!("{error:#}"));
    Report {
        outcomes: chosen.map(|case| (case.name, failed.clone())).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::MailDir;
    use std::sync::Arc;

    #[test]
    fn a_report_counts_and_fails_with_its_first_failure() {
        let mut report = Report {
            outcomes: vec![("a", Outcome::Passed)],
        };
        report
            .outcomes
            .push(("b", Outcome::Skipped("needs limits".into())));
        assert_eq!(report.to_string(), "1 passed, 0 failed, 1 skipped");
        assert!(report.passed());
        report.outcomes.push(("c", Outcome::Failed("why".into())));
        assert!(!report.passed());
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_fails_every_case() {
        let nowhere = "http://127.0.0.1:1/api/auth".parse().unwrap();
        let target = Target::new("nowhere", nowhere, Arc::new(MailDir::new("/nowhere")));
        let report = conform(target, Some("sign_up::")).await;
        assert!(!report.passed() && report.outcomes.len() > 5);
    }
}
