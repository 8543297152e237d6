use std::collections::BTreeMap;

use super::*;
use crate::lab::record::{Latency, Load, Run, Setup, Shape};

fn run(rate: f64) -> Run {
    Run {
        seconds: 1.0,
        requests: 1_000,
        rate,
        latency: Latency {
            count: 1_000,
            p99: 2_000,
            ..Latency::default()
        },
        by_kind: BTreeMap::new(),
        errors: BTreeMap::new(),
        bytes_out: 100.0,
        bytes_in: 300.0,
        server_cpu_s_per_1000: Some(0.05),
        store_cpu_s_per_1000: None,
        store_cpu_by: BTreeMap::new(),
        client_cpu_s_per_1000: 0.01,
        server_peak_rss: None,
        store_round_trips: None,
        timer_late_ms: 0.0,
    }
}

fn cell(strategy: &str, rates: &[f64]) -> Cell {
    let setup = Setup {
        strategy: strategy.into(),
        store: "redis".into(),
        nodes: 2,
        store_rtt_us: 250,
        algorithm: None,
    };
    Cell {
        setup,
        load: Load {
            workload: "read".into(),
            shape: Shape::Closed { users: 8 },
        },
        runs: rates.iter().map(|rate| run(*rate)).collect(),
        sustained: None,
        revocation_lag_ms: vec![],
        bytes_per_session: None,
        problem: None,
        remarks: vec![],
    }
}

fn outcome(cells: &[&Cell]) -> Outcome {
    Ranking::of(&Scene::of(cells[0]), cells).outcome()
}

#[test]
fn a_lower_rate_is_worse_and_a_lower_cost_is_better() {
    let (slow, fast) = (
        cell("a", &[100.0, 101.0, 102.0]),
        cell("b", &[200.0, 201.0, 202.0]),
    );
    assert!(between(Measure::Rate, &slow, &fast).unwrap().is_better());
    assert!(!between(Measure::Rate, &fast, &slow).unwrap().is_better());
    let mut lean = slow.clone();
    lean.runs
        .iter_mut()
        .for_each(|run| run.server_cpu_s_per_1000 = Some(0.03));
    assert!(
        between(Measure::ServerCpu, &slow, &lean)
            .unwrap()
            .is_better()
    );
}

#[test]
fn cells_of_one_record_share_the_moods_of_the_machine_and_those_of_two_do_not() {
    let slow = cell("a", &[100.0, 50.0, 80.0, 101.0]);
    let fast = cell("b", &[110.0, 55.2, 88.3, 110.9]);
    assert!(between(Measure::Rate, &slow, &fast).unwrap().is_better());
    assert!(!across(Measure::Rate, &slow, &fast).unwrap().is_real());
}

#[test]
fn a_repetition_that_lacks_a_measure_is_left_out_on_both_sides() {
    let mut first = cell("a", &[1.0, 2.0, 3.0]);
    let second = cell("b", &[10.0, 20.0, 30.0]);
    first.runs[0].server_cpu_s_per_1000 = None;
    first.runs[2].server_cpu_s_per_1000 = Some(0.5);
    let pairs = Measure::ServerCpu.pairs(&first, &second);
    assert_eq!(pairs, [(0.05, 0.05), (0.5, 0.05)]);
    assert_eq!(Measure::Rate.pairs(&first, &second).len(), 3);
    assert!(Measure::StoreCpu.pairs(&first, &second).is_empty());
}

#[test]
fn what_was_not_measured_is_not_compared() {
    let cell = cell("a", &[1.0, 2.0, 3.0]);
    assert!(between(Measure::StoreCpu, &cell, &cell).is_none());
    assert!(between(Measure::RevocationLag, &cell, &cell).is_none());
}

#[test]
fn the_same_cell_twice_is_equal_on_every_measure() {
    let cell = cell("a", &[90.0, 100.0, 111.0]);
    let found = Measure::ALL
        .into_iter()
        .filter_map(|measure| between(measure, &cell, &cell));
    assert!(
        found
            .inspect(|difference| assert!(!difference.is_real()))
            .count()
            > 5
    );
}

#[test]
fn rankings_tell_ahead_equal_unclear_and_alone() {
    let (fast, slow) = (
        cell("a", &[200.0, 201.0, 202.0]),
        cell("b", &[100.0, 101.0, 102.0]),
    );
    let (same, once) = (cell("c", &[200.0, 201.0, 202.0]), cell("d", &[300.0]));
    assert_eq!(outcome(&[&slow, &fast]), Outcome::Ahead);
    assert_eq!(outcome(&[&same, &fast]), Outcome::Equal);
    assert_eq!(outcome(&[&once, &fast]), Outcome::Unclear);
    assert_eq!(outcome(&[&fast]), Outcome::Alone);
}

#[test]
fn who_is_within_the_noise_of_both_sides_is_in_the_middle() {
    let fast = cell("a", &[200.0, 201.0, 202.0]);
    let unsteady = cell("b", &[120.0, 199.0, 110.0]);
    let also_fast = cell("c", &[199.0, 200.0, 201.0]);
    let slow = cell("d", &[100.0, 101.0, 102.0]);
    let all = [&fast, &unsteady, &also_fast, &slow];
    let ranking = Ranking::of(&Scene::of(&fast), &all);
    let names = |cells: &[&Cell]| -> Vec<String> {
        let names = cells.iter().map(|cell| cell.setup.strategy.clone());
        names.collect()
    };
    assert_eq!(names(&ranking.leaders), ["a", "c"]);
    assert_eq!(names(&ranking.middle), ["b"]);
    assert_eq!(ranking.behind.len(), 1);
    assert_eq!(ranking.outcome(), Outcome::Ahead);
}

#[test]
fn a_cell_of_failures_is_unfit() {
    let mut failing = cell("a", &[200.0]);
    assert_eq!(unfit(&failing), None);
    failing.runs[0].errors.insert("status 503".into(), 250);
    assert_eq!(
        unfit(&failing).as_deref(),
        Some("20 % of its requests failed")
    );
    failing.runs[0].requests = 0;
    failing.runs[0].errors.clear();
    assert_eq!(unfit(&failing).as_deref(), Some("nothing was answered"));
    failing.runs.clear();
    assert_eq!(unfit(&failing).as_deref(), Some("nothing was measured"));
}

#[test]
fn scenes_read_well() {
    let cell = cell("a", &[1.0]);
    assert_eq!(Scene::of(&cell).place(), "redis, 2 nodes, +250 µs RTT");
    assert_eq!(load_name(&cell.load), "read, 8 users");
}
