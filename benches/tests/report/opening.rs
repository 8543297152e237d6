use auth_bench::lab::record::Record;
use auth_bench::lab::report;

use crate::sample::{Plain, full, reads, record};

fn opening(record: &Record) -> String {
    [report::opening(record), report::load_by_load(record)]
        .concat()
        .join("\n")
}

#[track_caller]
fn says(record: &Record, words: &[&str]) {
    let opening = opening(record);
    for words in words {
        assert!(opening.contains(words), "{words:?} is not in:\n{opening}");
    }
}

#[track_caller]
fn does_not_say(record: &Record, words: &str) {
    let opening = opening(record);
    assert!(!opening.contains(words), "{words:?} is in:\n{opening}");
}

#[test]
fn session_is_ahead_if_it_is_faster() {
    let record = reads(&[("session", 20_000.0), ("jwt-stateless", 15_000.0)]);
    says(
        &record,
        &[
            "Session is ahead in the one comparison: reading profiles (redis, 1 node: 33 % more than jwt-stateless).",
            "session (20,000 req/s) is ahead; jwt-stateless reaches 25 % less (15,000 req/s)",
        ],
    );
}

#[test]
fn jwt_is_ahead_if_it_is_faster() {
    let record = reads(&[("session", 15_000.0), ("jwt-stateless", 20_000.0)]);
    says(
        &record,
        &[
            "Jwt-stateless is ahead in the one comparison: reading profiles (redis, 1 node: 33 % more than session).",
            "jwt-stateless (20,000 req/s) is ahead; session reaches 25 % less (15,000 req/s)",
        ],
    );
}

#[test]
fn nobody_is_ahead_within_the_noise() {
    let record = reads(&[("session", 20_000.0), ("jwt-stateless", 20_050.0)]);
    says(
        &record,
        &[
            "Nobody is ahead: in the one comparison",
            "show no difference beyond the noise",
        ],
    );
    does_not_say(&record, "% less");
}

#[test]
fn the_lead_is_shared_by_equals() {
    let rates = [
        ("session", 20_000.0),
        ("jwt-denylist", 20_050.0),
        ("jwt-checked", 12_000.0),
    ];
    says(
        &reads(&rates),
        &[
            "are ahead, with no difference beyond the noise between them; jwt-checked reaches 40 % less",
        ],
    );
}

#[test]
fn costs_that_differ_are_the_why() {
    let lean = Plain {
        cpu_us: (40.0, 10.0),
        round_trips: 0.0,
        bytes: (700.0, 320.0),
        ..Plain::read("jwt-stateless", 20_000.0)
    };
    let record = record(vec![Plain::read("session", 14_000.0).cell(), lean.cell()]);
    says(
        &record,
        &[
            "Why: session needs more than jwt-stateless: server CPU per request (60 µs against 40 µs)",
            "store round trips per request (2.0 against 0)",
            "it needs less: bytes per request (500 B against 1,020 B)",
        ],
    );
}

#[test]
fn leaders_are_held_against_sessions() {
    let far = |strategy, rate, round_trips| {
        Plain {
            rtt_us: 1_000,
            round_trips,
            ..Plain::read(strategy, rate)
        }
        .cell()
    };
    let cells = vec![
        far("session", 12_000.0, 2.0),
        far("jwt-stateless", 20_000.0, 1.0),
        far("jwt-checked", 9_000.0, 2.0),
    ];
    says(
        &record(cells),
        &[
            "Jwt-stateless is ahead in the one comparison: reading profiles (redis, 1 node, +1 ms RTT: \
             67 % more than session). Why: session needs more than jwt-stateless: store round trips \
             per request (2.0 against 1.0).",
        ],
    );
}

#[test]
fn an_algorithm_of_its_own_neither_leads_nor_hides_its_strategy() {
    let other = Plain {
        algorithm: Some("HS256"),
        ..Plain::read("jwt-denylist", 20_020.0)
    };
    let record = record(vec![
        Plain::read("session", 15_000.0).cell(),
        Plain::read("jwt-denylist", 20_000.0).cell(),
        Plain::read("jwt-stateless", 20_010.0).cell(),
        other.cell(),
    ]);
    says(
        &record,
        &[
            "Jwt-denylist and jwt-stateless are ahead in the one comparison",
            "jwt-denylist (HS256) (20,020 req/s)",
        ],
    );
}

#[test]
fn equal_costs_explain_nothing() {
    let record = reads(&[("session", 20_000.0), ("jwt-stateless", 15_000.0)]);
    says(
        &record,
        &["No measured cost explains why jwt-stateless is behind session"],
    );
}

#[test]
fn costs_that_were_not_measured_are_not_made_up() {
    let mut record = reads(&[("session", 20_000.0), ("jwt-stateless", 15_000.0)]);
    for run in record.cells.iter_mut().flat_map(|cell| &mut cell.runs) {
        run.server_cpu_s_per_1000 = None;
        run.store_cpu_s_per_1000 = None;
        run.store_round_trips = None;
    }
    says(
        &record,
        &[
            "Not measured:",
            "server CPU per request",
            "store round trips per request",
        ],
    );
    does_not_say(&record, "µs against");
}

#[test]
fn a_single_strategy_is_not_compared() {
    let record = reads(&[("session", 20_000.0)]);
    says(
        &record,
        &["Only session was measured, so there is nothing to compare it with."],
    );
    does_not_say(&record, "ahead");
}

#[test]
fn strategies_that_never_met_are_not_compared() {
    let elsewhere = Plain {
        store: "postgres",
        ..Plain::read("jwt-checked", 9_000.0)
    };
    let record = record(vec![
        Plain::read("session", 20_000.0).cell(),
        elsewhere.cell(),
    ]);
    says(
        &record,
        &["no two of them under the same load and circumstances"],
    );
    does_not_say(&record, "is ahead");
}

#[test]
fn two_repetitions_are_too_few() {
    let twice = |strategy, rate| {
        Plain {
            repetitions: 2,
            ..Plain::read(strategy, rate)
        }
        .cell()
    };
    let record = record(vec![
        twice("session", 20_000.0),
        twice("jwt-stateless", 10_000.0),
    ]);
    says(
        &record,
        &["too few repetitions to compare", "fewer than 3 repetitions"],
    );
    does_not_say(&record, "is ahead");
}

#[test]
fn a_cell_with_a_problem_is_left_out_and_named() {
    let mut record = reads(&[
        ("session", 20_000.0),
        ("jwt-stateless", 15_000.0),
        ("jwt-checked", 9_000.0),
    ]);
    record.cells[2].problem = Some("the server did not start".into());
    says(
        &record,
        &[
            "1 measurement is left out",
            "jwt-checked under read, 64 users: the server did not start",
        ],
    );
    does_not_say(&record, "9,000");
}

#[test]
fn refusing_fast_is_not_being_fast() {
    let mut record = reads(&[
        ("session", 20_000.0),
        ("jwt-stateless", 15_000.0),
        ("jwt-checked", 90_000.0),
    ]);
    for run in &mut record.cells[2].runs {
        run.errors.insert("status 503".into(), run.requests / 2);
    }
    says(
        &record,
        &[
            "session (20,000 req/s) is ahead",
            "33 % of its requests failed",
        ],
    );
}

#[test]
fn what_was_not_measured_is_said() {
    let record = reads(&[("session", 20_000.0), ("jwt-stateless", 15_000.0)]);
    says(
        &record,
        &[
            "the workloads churn, refresh, signin and seed",
            "the strategies session-bearer, jwt-denylist, jwt-checked, jwt-cookie, oauth-session and oauth-jwt",
            "the stores memory, sqlite and postgres",
            "more than one node",
            "stores further away",
            "revocation lag",
        ],
    );
}

#[test]
fn an_empty_record_says_so() {
    says(&record(vec![]), &["Nothing was measured."]);
}

#[test]
fn revocation_says_its_lag_and_its_price() {
    says(
        &full(),
        &[
            "never within 30 s with jwt-stateless",
            "within 3.0 ms with jwt-checked and session",
            "Refusing sooner than jwt-stateless costs",
            "33 % with jwt-checked, 26 % with session, 3.8 % with jwt-denylist (redis, 1 node; 64 users)",
            "+1 ms RTT; 64 users)",
        ],
    );
}

#[test]
fn the_crossing_is_said() {
    let rates = |rtt_us, session, checked| {
        let far = |strategy, rate| {
            Plain {
                rtt_us,
                ..Plain::read(strategy, rate)
            }
            .cell()
        };
        [far("session", session), far("jwt-checked", checked)]
    };
    let record = record([rates(0, 200.0, 100.0), rates(1_000, 80.0, 130.0)].concat());
    says(
        &record,
        &["session falls below jwt-checked at about 667 µs more to the store"],
    );
}

#[test]
fn lines_that_meet_within_the_noise_do_not_cross() {
    let rates = |rtt_us, session, checked| {
        let far = |strategy, rate| {
            Plain {
                rtt_us,
                ..Plain::read(strategy, rate)
            }
            .cell()
        };
        [far("session", session), far("jwt-checked", checked)]
    };
    let record = record([rates(0, 200.0, 100.0), rates(1_000, 100.0, 100.4)].concat());
    does_not_say(&record, "falls below");
}

#[test]
fn the_tail_decides_where_users_set_the_rate() {
    let seed = |strategy, p99| {
        let mut cell = Plain {
            workload: "seed",
            users: 100,
            ..Plain::read(strategy, 190.0)
        }
        .cell();
        for run in &mut cell.runs {
            run.by_kind.get_mut("profile").unwrap().p99 = p99;
        }
        cell
    };
    let record = record(vec![seed("session", 4_000), seed("jwt-stateless", 5_000)]);
    says(
        &record,
        &[
            "session (p99 latency of profiles 4.0 ms) is ahead; jwt-stateless takes 25 % longer (5.0 ms)",
        ],
    );
    does_not_say(&record, "reaches");
}

#[test]
fn a_crossing_stands_where_the_drawn_lines_meet() {
    let rates = |rtt_us, session, checked| {
        let far = |strategy, rate| {
            Plain {
                rtt_us,
                ..Plain::read(strategy, rate)
            }
            .cell()
        };
        [far("session", session), far("jwt-checked", checked)]
    };
    let places = [
        rates(0, 200.0, 100.0),
        rates(1_000, 100.4, 100.0),
        rates(2_000, 50.0, 100.0),
    ];
    says(
        &record(places.concat()),
        &["session falls below jwt-checked at about 1.0 ms more"],
    );
}
