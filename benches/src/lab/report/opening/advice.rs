//! What to choose, in a sentence for each wish.

use super::headline::{by_how_much, leaders};
use super::revocation;
use crate::lab::compare::{Outcome, Ranking};
use crate::lab::report::format::listed;
use crate::lab::report::study::Study;

/// Five at most, each for what was measured.
pub(super) fn sentences(study: &Study) -> Vec<String> {
    let typical = |workload: &str| {
        let load = study
            .loads()
            .into_iter()
            .find(|load| load.workload == workload)?;
        study.typical(load)
    };
    let sentences = [
        choice(
            "your servers mostly read, with the store beside them",
            typical("read"),
        ),
        choice("your store is further away", farthest(study)),
        choice("credentials are renewed often", typical("refresh")),
        choice(
            "signing in is what keeps your servers busy",
            typical("signin"),
        ),
        prompt(study),
    ];
    sentences.into_iter().flatten().collect()
}

/// Reads in the place with the longest round trip.
fn farthest<'s, 'a>(study: &'s Study<'a>) -> Option<&'s Ranking<'a>> {
    let far = study.rankings.iter().filter(|ranking| {
        ranking.scene.load.workload == "read"
            && ranking.scene.store_rtt_us > 0
            && ranking.outcome() != Outcome::Alone
    });
    far.max_by_key(|ranking| ranking.scene.store_rtt_us)
}

fn choice(wish: &str, ranking: Option<&Ranking>) -> Option<String> {
    let ranking = ranking?;
    let place = ranking.scene.place();
    match ranking.outcome() {
        Outcome::Ahead => {
            let gap = by_how_much(ranking)?;
            let leaders = either(&leaders(ranking));
            Some(format!("If {wish}, choose {leaders}: {gap} ({place})."))
        }
        Outcome::Equal => Some(format!(
            "If {wish}, choose by other reasons: no difference is larger than the noise ({place})."
        )),
        Outcome::Unclear | Outcome::Alone => None,
    }
}

/// Who refuses a credential as soon as it is signed out.
fn prompt(study: &Study) -> Option<String> {
    let lags = study.lags();
    let (prompt, late) = revocation::by_promptness(&lags);
    if prompt.is_empty() || late.is_empty() {
        return None;
    }
    let (prompt, late) = (either(&prompt), listed(&late));
    Some(format!(
        "If a sign-out has to be in force at once, choose {prompt}, and not {late}."
    ))
}

/// "a", "a or b", "a, b or c".
fn either(names: &[String]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => names.concat(),
    }
}
