//! A tiny comparison of all three servers, from the command line to the report.

use std::fs;
use std::path::Path;
use std::process::Command;

use auth_bench::lab::compare::Measure;
use auth_bench::lab::record::{Cell, Record, Run};
use auth_core::UserStore as _;
use auth_store::{Database, DatabaseConfig};
use auth_testkit::process::{Launch, Program, ServerProcess};
use test_services::{POSTGRES, REDIS, can_run};

#[test]
fn all_three_servers_are_compared_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("report");
    let output = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args("compare --quick --users 4 --workload read --workload churn".split(' '))
        .args("--workload refresh --workload signin".split(' '))
        .args(["--strategy", "session", "--strategy", "jwt-denylist"])
        .args(["--strategy", "oauth-session", "--store", "sqlite"])
        .args(["--repetitions", "1", "--warm-up", "100ms", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let record = read(&out.join("record.json"));
    assert!(!record.interrupted);
    assert_eq!(record.cells.len(), 3 * 4, "{said}");
    record.cells.iter().for_each(embedded);
    let bare = record.bare.unwrap();
    assert!(matches!(bare.rate[..], [rate] if rate > 0.0), "{said}");
    let report = fs::read_to_string(out.join("report.html")).unwrap();
    for strategy in ["session", "jwt-denylist", "oauth-session"] {
        assert!(report.contains(strategy), "{strategy}");
    }
}

/// What any server on SQLite is known to give.
fn embedded(cell: &Cell) {
    let (name, workload) = (&cell.setup.strategy, &cell.load.workload);
    assert_eq!(cell.problem, None, "{name}");
    let [run] = &cell.runs[..] else {
        panic!("{name} has {} runs", cell.runs.len());
    };
    assert!(run.errors.is_empty() && run.requests > 0, "{name}: {run:?}");
    let kinds: &[&str] = match workload.as_str() {
        "read" => &["profile"],
        "churn" => &["login", "logout", "profile"],
        "refresh" => &["refresh"],
        _ => &["login"],
    };
    assert!(
        run.by_kind.keys().eq(kinds),
        "{name}: {:?}",
        run.by_kind.keys()
    );
    assert!(run.bytes_in > 100.0 && run.bytes_out > 50.0, "{name}");
    assert!(run.server_cpu_s_per_1000.is_some() && run.server_peak_rss.is_some());
    assert_eq!(run.store_round_trips, Some(0.0));
    assert!(
        cell.bytes_per_session.is_some_and(|bytes| bytes > 100.0),
        "{name}"
    );
    // No request that began after the answer to a sign-out was accepted.
    assert_eq!(cell.revocation_lag_ms, [Some(0.0); 3], "{name}");
}

#[tokio::test]
async fn given_servers_are_compared_and_nobody_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let node = |program, data: &str| {
        let launch = Launch::quick(program).flag("--verification", "optional");
        // Nodes of one deployment know each other's cookies by the one URL of all.
        let launch = launch.flag("--public-url", "http://localhost:4000");
        ServerProcess::start(launch.flag("--data-dir", folder.path().join(data).display()))
    };
    let first = node(Program::SessionServer, "shared").await.unwrap();
    let second = node(Program::SessionServer, "shared").await.unwrap();
    let tokens = node(Program::JwtServer, "jwt").await.unwrap();
    let at = |server: &ServerProcess| format!("http://{}", server.address());
    let out = folder.path().join("report");
    let output = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args([
            "compare",
            "--quick",
            "--workload",
            "read",
            "--workload",
            "churn",
        ])
        .args([
            "--target",
            &format!("cookies={},{}", at(&first), at(&second)),
        ])
        .args(["--target", &format!("tokens={}", at(&tokens))])
        .args(["--users", "3", "--repetitions", "2", "--duration", "300ms"])
        .args(["--warm-up", "100ms", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && !said.contains("left behind"),
        "{said}"
    );
    let record = read(&out.join("record.json"));
    assert_eq!(record.cells.len(), 4, "{said}");
    for cell in &record.cells {
        assert_eq!(cell.problem, None, "{said}");
        assert_eq!(cell.runs.len(), 2);
        let sound = |run: &Run| run.errors.is_empty() && run.requests > 0;
        assert!(cell.runs.iter().all(sound), "{:?}", cell.runs);
        assert_eq!(cell.revocation_lag_ms, [Some(0.0); 3], "{cell:?}");
        assert_eq!(
            cell.setup.nodes,
            if cell.setup.strategy == "cookies" {
                2
            } else {
                1
            }
        );
    }
    for data in ["shared", "jwt"] {
        let file = folder.path().join(data).join("auth.db");
        let url = format!("sqlite:{}", file.display()).parse().unwrap();
        let database = Database::connect(&url, &DatabaseConfig::default())
            .await
            .unwrap();
        assert!(database.list(None, 10).await.unwrap().is_empty(), "{data}");
    }
}

#[test]
fn two_targets_of_one_name_are_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(["compare", "--target", "a=http://127.0.0.1:1"])
        .args(["--target", "a=http://127.0.0.1:2"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains("a name of its own"),
        "{said}"
    );
}

/// PostgreSQL and Redis, near and a millisecond away, with one and two nodes.
#[test]
fn shared_stores_are_measured_and_every_file_tells_the_same() {
    let test = "shared_stores_are_measured_and_every_file_tells_the_same";
    if !can_run(test, &[&POSTGRES, &REDIS]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(["compare", "--quick", "--workload", "read", "--users", "4"])
        .args(["--strategy", "session", "--store", "redis", "--nodes", "1"])
        .args([
            "--nodes",
            "2",
            "--rtt",
            "0s",
            "--rtt",
            "1ms",
            "--repetitions",
            "1",
        ])
        .args(["--duration", "300ms", "--warm-up", "100ms", "--out"])
        .arg(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let record = read(&folder.path().join("record.json"));
    assert_eq!(record.cells.len(), 4, "{said}");
    for cell in &record.cells {
        sound(cell);
    }
    let files = ["report.md", "report.html"].map(|name| folder.path().join(name));
    let files = files.map(|file| fs::read_to_string(file).unwrap().replace('\u{a0}', " "));
    for cell in &record.cells {
        for measure in [Measure::Rate, Measure::P99, Measure::RoundTrips] {
            let figure = measure.show_median(cell);
            let figure = figure.trim_end_matches(" req/s");
            assert!(files.iter().all(|file| file.contains(figure)), "{figure}");
        }
    }
    let mut rows = csv::Reader::from_path(folder.path().join("report.csv")).unwrap();
    let rates = rows.records().map(Result::unwrap);
    let rates = rates
        .filter(|row| &row[10] == "rate")
        .map(|row| row[12].parse().unwrap());
    let mut rates: Vec<f64> = rates.collect();
    let mut measured: Vec<f64> = record.cells.iter().map(|cell| cell.runs[0].rate).collect();
    rates.sort_by(f64::total_cmp);
    measured.sort_by(f64::total_cmp);
    assert_eq!(rates.len(), measured.len());
    // Reading JSON may cost the last bit.
    let same = |(told, run): (&f64, &f64)| (told / run - 1.0).abs() < 1e-9;
    assert!(
        rates.iter().zip(&measured).all(same),
        "{rates:?}, {measured:?}"
    );
}

/// Reads of sessions on Redis and users in PostgreSQL are known to ask neither, however far away
/// they are; that leases are renewed meanwhile counts as idling.
fn sound(cell: &Cell) {
    assert!(
        cell.problem.is_none() && cell.remarks.is_empty(),
        "{cell:?}"
    );
    assert_eq!(cell.revocation_lag_ms, [Some(0.0); 3], "{cell:?}");
    let [run] = &cell.runs[..] else {
        panic!("{cell:?}");
    };
    assert!(run.errors.is_empty() && run.server_cpu_s_per_1000.is_some());
    assert_eq!(
        run.store_cpu_by.keys().collect::<Vec<_>>(),
        ["postgres", "redis"]
    );
    let trips = run.store_round_trips.unwrap();
    assert!(trips < 0.5, "{trips}");
    let weighed = cell.setup.store_rtt_us == 0 && cell.setup.nodes == 1;
    assert_eq!(cell.bytes_per_session.is_some(), weighed);
    let bytes = cell.bytes_per_session.unwrap_or(500.0);
    assert!((200.0..2_000.0).contains(&bytes), "{bytes}");
}

pub fn read(path: &Path) -> Record {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}
