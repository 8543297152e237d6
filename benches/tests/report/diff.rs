use auth_bench::lab::diff::{diff, markdown, text};

use crate::sample::{Plain, full, reads, record};

#[test]
fn a_record_does_not_differ_from_itself() {
    let found = diff(&full(), &full());
    assert!(found.changes.is_empty() && found.warnings.is_empty());
    assert!(found.unchanged > 100);
    assert!(text(&full(), &full()).starts_with("Nothing changed beyond the noise"));
}

#[test]
fn a_slower_cell_is_named_with_its_figures() {
    let (before, after) = (
        reads(&[("session", 20_000.0)]),
        reads(&[("session", 15_000.0)]),
    );
    let text = text(&before, &after);
    let line = text
        .lines()
        .find(|line| line.contains("throughput"))
        .unwrap();
    for part in [
        "read, 64 users: session; redis, 1 node",
        "20,000 req/s",
        "15,000 req/s",
        "−25 %",
        "worse",
    ] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
}

#[test]
fn a_faster_cell_is_better() {
    let (before, after) = (
        reads(&[("session", 15_000.0)]),
        reads(&[("session", 20_000.0)]),
    );
    let markdown = markdown(&before, &after);
    let line = markdown
        .lines()
        .find(|line| line.contains("| throughput |"))
        .unwrap();
    assert!(
        line.contains("+33 %") && line.ends_with("better |"),
        "{line}"
    );
}

#[test]
fn columns_stand_under_each_other() {
    let (before, after) = (
        reads(&[("session", 20_000.0)]),
        reads(&[("session", 15_000.0)]),
    );
    let text = text(&before, &after);
    let lines: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("cell"))
        .collect();
    let column = |line: &str, word: &str| line.find(word).map(|at| line[..at].chars().count());
    let head = column(lines[0], "measure").unwrap();
    assert_eq!(column(lines[1], "throughput"), Some(head));
    assert!(lines.len() > 2);
}

#[test]
fn cells_of_only_one_record_are_listed() {
    let (before, after) = (
        reads(&[("session", 20_000.0), ("jwt-checked", 1.0)]),
        reads(&[("session", 20_000.0), ("jwt-denylist", 1.0)]),
    );
    let text = text(&before, &after);
    assert!(
        text.contains("Only before: read, 64 users: jwt-checked (EdDSA)"),
        "{text}"
    );
    assert!(
        text.contains("Only after: read, 64 users: jwt-denylist (EdDSA)"),
        "{text}"
    );
}

#[test]
fn another_machine_version_or_setting_is_warned_of() {
    let before = full();
    let mut after = full();
    after.machine.cpu = "Other CPU".into();
    after.versions.insert("redis".into(), "9.0".into());
    after.settings.remove("repetitions");
    after.interrupted = true;
    let text = text(&before, &after);
    for warning in [
        "Warning: the processor differs: Example CPU, then Other CPU",
        "Warning: the version of redis differs: 8.0, then 9.0",
        "Warning: the setting repetitions differs: 5, then none",
        "Warning: the second run was stopped before its end",
    ] {
        assert!(text.contains(warning), "{warning} is not in:\n{text}");
    }
}

#[test]
fn two_runs_are_too_few_to_say() {
    let twice = |rate| {
        record(vec![
            Plain {
                repetitions: 2,
                ..Plain::read("session", rate)
            }
            .cell(),
        ])
    };
    let text = text(&twice(10.0), &twice(20.0));
    assert!(text.contains("too few repetitions to say"), "{text}");
    assert!(text.starts_with("Nothing could be compared."), "{text}");
}
