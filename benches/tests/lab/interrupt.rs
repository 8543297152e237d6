//! Ctrl-C keeps what is measured.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::comparison::read;

/// Steps that are told before it is interrupted: by then a run has ended.
const STEPS: usize = 5;

#[test]
fn an_interrupted_comparison_reports_what_it_has() {
    let out = tempfile::tempdir().unwrap();
    let mut lab = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(["compare", "--strategy", "session", "--store", "sqlite"])
        .args(["--users", "2", "--duration", "200ms", "--warm-up", "50ms"])
        .args(["--repetitions", "100", "--out"])
        .arg(out.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(lab.stderr.take().unwrap()).lines();
    let mut steps = said
        .map(Result::unwrap)
        .filter(|line| line.contains(" left: "));
    assert_eq!(steps.by_ref().take(STEPS).count(), STEPS);
    kill_process(Pid::from_child(&lab), Signal::INT).unwrap();
    // Read to the end, so that it can go on talking.
    steps.for_each(drop);
    assert!(lab.wait().unwrap().success());
    let record = read(&out.path().join("record.json"));
    assert!(record.interrupted && record.cells.len() == 1);
    let runs = record.cells[0].runs.len();
    assert!((1..100).contains(&runs), "{runs}");
    assert!(out.path().join("report.html").exists());
}
