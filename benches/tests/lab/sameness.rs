//! What is the same is told to be, and what is not is not.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use auth_bench::lab::compare::{Measure, between};
use auth_bench::lab::record::Record;
use auth_bench::lab::stats::Verdict;

use crate::fake::{Fake, ada, reply};

/// A server of the contract whose reads take this long.
fn paced(pause: Duration) -> Fake {
    Fake::start(move |request| match request.line.as_str() {
        "POST /api/auth/login" => reply(200, r#"{"access_token": "t", "refresh_token": "r"}"#),
        "GET /api/auth/profile" => {
            thread::sleep(pause);
            reply(200, "{}")
        }
        _ => reply(200, "{}"),
    })
}

fn compare(targets: &[(&str, &Fake)]) -> Record {
    let folder = tempfile::tempdir().unwrap();
    let users = folder.path().join("users");
    fs::write(&users, format!("{}:{}\n", ada().name, ada().password)).unwrap();
    let mut lab = Command::new(env!("CARGO_BIN_EXE_lab"));
    lab.args(["compare", "--users", "4", "--repetitions", "4"])
        .args(["--duration", "500ms", "--warm-up", "100ms"])
        .args(["--revocation-wait", "50ms", "--users-file"])
        .arg(users)
        .arg("--out")
        .arg(folder.path());
    for (name, fake) in targets {
        lab.args([
            "--target",
            &format!("{name}=http://{}", fake.address.socket),
        ]);
    }
    let output = lab.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let record = fs::read_to_string(folder.path().join("record.json")).unwrap();
    serde_json::from_str(&record).unwrap()
}

#[test]
fn one_server_under_two_names_shows_no_difference_and_a_slower_one_does() {
    let (server, slower) = (
        paced(Duration::from_millis(40)),
        paced(Duration::from_millis(80)),
    );
    let record = compare(&[("one", &server), ("two", &server), ("slow", &slower)]);
    let cell = |name| record.cells.iter().find(|cell| cell.setup.strategy == name);
    let verdict = |measure, other| {
        let (one, other) = (cell("one").unwrap(), cell(other).unwrap());
        between(measure, one, other).unwrap().change.verdict
    };
    for measure in [Measure::Rate, Measure::P50, Measure::Bytes, Measure::Errors] {
        assert_eq!(verdict(measure, "two"), Verdict::Same, "{measure:?}");
    }
    assert_eq!(verdict(Measure::Rate, "slow"), Verdict::Lower);
    assert_eq!(verdict(Measure::P50, "slow"), Verdict::Higher);
    // It says every time that it did sign out, and goes on answering.
    assert_eq!(cell("one").unwrap().revocation_lag_ms, [None]);
}
