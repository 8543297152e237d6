//! `docs/ASVS.md` has a row for every requirement, and names only what there is.

mod places;
mod table;

use std::collections::BTreeMap;
use std::fs;

use self::table::{Row, Verdict};
use crate::workspace;

/// The requirements of level 1 that were looked at.
const LEVEL_1: &str = "
    2.1.1 2.2.1 2.2.2 2.3.1
    3.2.1 3.2.2 3.3.1 3.4.1 3.4.2 3.5.1 3.5.2 3.5.3
    4.1.1
    6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1 6.4.2
    7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2
    9.1.1 9.1.2 9.1.3 9.2.1
    10.4.1 10.4.2 10.4.3 10.4.4 10.4.5
    11.3.1 11.3.2 11.4.1
    13.4.1
    14.2.1 14.3.1
";

/// Those of level 2.
const LEVEL_2: &str = "
    2.1.2 2.1.3 2.2.3 2.3.2 2.3.3 2.3.4 2.4.1
    3.3.2 3.3.3 3.3.4 3.4.3 3.4.4 3.4.5 3.4.6 3.5.4 3.7.1 3.7.2
    4.1.2 4.1.3 4.2.1
    6.1.2 6.1.3 6.2.9 6.2.10 6.2.11 6.2.12 6.3.3 6.3.4 6.4.3 6.4.4 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5
    6.6.1 6.6.2 6.6.3 6.8.1 6.8.2 6.8.3 6.8.4
    7.1.1 7.1.2 7.1.3 7.3.1 7.3.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 7.6.1 7.6.2
    9.2.2 9.2.3 9.2.4
    10.1.1 10.1.2 10.2.1 10.2.2 10.3.1 10.3.2 10.3.3 10.3.4 10.4.6 10.4.7 10.4.8 10.4.9 10.4.10
    10.4.11 10.5.1 10.5.2 10.5.3 10.5.4 10.5.5 10.6.1 10.6.2 10.7.1 10.7.2 10.7.3
    11.1.1 11.1.2 11.2.1 11.2.2 11.2.3 11.3.3 11.4.2 11.4.3 11.5.1 11.6.1
    13.1.1 13.2.1 13.2.2 13.2.3 13.2.4 13.2.5 13.3.1 13.3.2 13.4.2 13.4.3 13.4.4 13.4.5
    14.1.1 14.1.2 14.2.2 14.2.3 14.2.4 14.3.2 14.3.3
    16.1.1 16.2.1 16.2.2 16.2.3 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1 16.4.2 16.4.3
    16.5.1 16.5.2 16.5.3
";

/// What rows may still wait for. Once nothing is left here, `pending` is refused.
const PENDING: &[&str] = &[];

/// What the table is held against.
struct Expected<'a> {
    level_1: &'a str,
    level_2: &'a str,
    pending: &'a [&'a str],
}

#[test]
fn the_table_has_every_requirement_and_names_what_there_is() {
    let text = fs::read_to_string(workspace().join("docs/ASVS.md")).unwrap();
    let expected = Expected {
        level_1: LEVEL_1,
        level_2: LEVEL_2,
        pending: PENDING,
    };
    let faults = expected.faults(&text);
    assert!(faults.is_empty(), "{faults:#?}");
}

impl Expected<'_> {
    /// What is wrong with a text.
    fn faults(&self, text: &str) -> Vec<String> {
        let (rows, mut faults) = table::rows(text);
        faults.extend(self.faults_of_ids(&rows));
        for row in &rows {
            let id = &row.id;
            let of_it = self.faults_of(row).into_iter();
            faults.extend(of_it.map(|fault| format!("{id}: {fault}")));
        }
        let counts = counts(&rows);
        let missing = counts.iter().filter(|line| !text.contains(*line));
        faults.extend(missing.map(|line| format!("the summary lacks `{line}`")));
        faults
    }

    /// Which requirements are missing, unknown, there twice, or of another level.
    fn faults_of_ids(&self, rows: &[Row]) -> Vec<String> {
        let ids = |level, ids: &str| -> Vec<(String, u8)> {
            let ids = ids.split_whitespace();
            ids.map(|id| (format!("V{id}"), level)).collect()
        };
        let expected = [ids(1, self.level_1), ids(2, self.level_2)].concat();
        let expected: BTreeMap<_, _> = expected.into_iter().collect();
        let mut found = BTreeMap::new();
        let mut faults = vec![];
        for row in rows {
            if found.insert(row.id.clone(), row.level).is_some() {
                faults.push(format!("{} is there twice", row.id));
            }
        }
        for (id, level) in &expected {
            match found.get(id) {
                None => faults.push(format!("{id} is missing")),
                Some(found) if found != level => faults.push(format!("{id} is of level {level}")),
                Some(_) => {}
            }
        }
        let unknown = found.keys().filter(|id| !expected.contains_key(*id));
        faults.extend(unknown.map(|id| format!("{id} is unknown")));
        faults
    }

    /// What is wrong with the proof of a row.
    fn faults_of(&self, row: &Row) -> Vec<String> {
        let mut faults = vec![];
        if row.verdict.is_none() {
            faults.push("no proof and no reason".to_owned());
        }
        let mut waits_for = row.waits_for.iter();
        if let Some(what) = waits_for.find(|what| !self.pending.contains(&what.as_str())) {
            faults.push(format!("nothing is pending that is called {what}"));
        }
        let tests = row.tests.iter().filter(|test| !places::has_test(test));
        faults.extend(tests.map(|test| format!("there is no test `{test}`")));
        let headings = row.headings.iter();
        let headings = headings.filter(|heading| !places::has_heading(heading));
        faults.extend(headings.map(|heading| format!("there is no heading `{heading}`")));
        faults
    }
}

/// The lines of the summary: how many rows there are of each kind.
fn counts(rows: &[Row]) -> Vec<String> {
    let mut counts = BTreeMap::new();
    for verdict in rows.iter().filter_map(|row| row.verdict) {
        *counts.entry(verdict).or_insert(0) += 1;
    }
    let lines = counts.into_iter();
    lines
        .map(|(verdict, count)| format!("| {} | {count} |", verdict.name()))
        .collect()
}

/// A text with these rows in its table, and with this summary.
fn with(rows: &str, counts: &[&str]) -> String {
    format!("{}\n\n{rows}\n", counts.join("\n"))
}

const SMALL: Expected = Expected {
    level_1: "6.2.1",
    level_2: "6.2.9",
    pending: &["second factors"],
};

const ONE: &str =
    "| V6.2.1 | 1 | short | `contract: passwords::length_counts_characters_not_bytes` |";
const TWO: &str = "| V6.2.9 | 2 | long | `docs: SECURITY.md#known-limits` |";

#[test]
fn a_table_with_everything_has_no_fault() {
    let counts = ["| proven | 1 |", "| written down | 1 |"];
    let faults = SMALL.faults(&with(&format!("{ONE}\n{TWO}"), &counts));
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_row_that_is_missing_twice_unknown_or_of_another_level_is_found() {
    let twice = format!("{ONE}\n{ONE}\n{}", ONE.replace("6.2.1", "6.2.3"));
    let told = SMALL.faults(&with(&twice, &["| proven | 3 |"]));
    assert_eq!(
        told,
        [
            "V6.2.1 is there twice",
            "V6.2.9 is missing",
            "V6.2.3 is unknown"
        ]
    );
    let other = format!("{}\n{TWO}", ONE.replace("| 1 |", "| 2 |"));
    let told = SMALL.faults(&with(&other, &["| proven | 1 |", "| written down | 1 |"]));
    assert_eq!(told, ["V6.2.1 is of level 1"]);
}

#[test]
fn a_proof_that_is_none_is_found() {
    let fault = |proof: &str| {
        let row = format!("| V6.2.1 | 1 | short | {proof} |\n{TWO}");
        let counts = [
            Verdict::Proven,
            Verdict::InPart,
            Verdict::WrittenDown,
            Verdict::Pending,
        ];
        let counts = counts.map(|verdict| [1, 2].map(|n| format!("| {} | {n} |", verdict.name())));
        let counts = counts.concat();
        let counts: Vec<_> = counts.iter().map(String::as_str).collect();
        SMALL.faults(&with(&row, &counts)).join("; ")
    };
    assert_eq!(
        fault("`contract: passwords::a_common_password_is_refused`; a word"),
        ""
    );
    assert_eq!(
        fault("pending: second factors; of others: `jwt: forged_claims::exp_1e400`"),
        ""
    );
    for (proof, why) in [
        ("", "no proof and no reason"),
        ("surely", "no proof and no reason"),
        ("not met:", "no proof and no reason"),
        ("`contract:passwords::nobody`", "there is no test"),
        ("`contract: passwords::nobody`", "there is no test"),
        (
            "`contract: nowhere::a_common_password_is_refused`",
            "there is no test",
        ),
        ("`contract: passwords::near_misses`", "there is no test"),
        (
            "`nothing: passwords::a_common_password_is_refused`",
            "there is no test",
        ),
        ("`docs: SECURITY.md#nothing`", "there is no heading"),
        ("`docs: NOTHING.md#known-limits`", "there is no heading"),
        ("pending: magic", "nothing is pending that is called magic"),
    ] {
        let told = fault(proof);
        assert!(
            told.starts_with("V6.2.1: ") && told.contains(why),
            "{proof}: {told}"
        );
    }
}

#[test]
fn a_summary_that_counts_wrongly_is_found() {
    let rows = format!("{ONE}\n{TWO}");
    let told = SMALL.faults(&with(&rows, &["| proven | 2 |", "| written down | 1 |"]));
    assert_eq!(told, ["the summary lacks `| proven | 1 |`"]);
}
