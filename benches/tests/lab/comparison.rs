//! A tiny comparison of all three servers, from the command line to the report.

use std::fs;
use std::path::Path;
use std::process::Command;

use auth_bench::lab::record::{Record, Run};
use auth_core::UserStore as _;
use auth_store::{Database, DatabaseConfig};
use auth_testkit::process::{Launch, Program, ServerProcess};

#[test]
fn all_three_servers_are_compared_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("report");
    let output = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(["compare", "--quick", "--workload", "read", "--users", "4"])
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
    assert_eq!(record.cells.len(), 3, "{said}");
    for cell in &record.cells {
        let name = &cell.setup.strategy;
        assert_eq!(cell.problem, None, "{name}");
        let [run] = &cell.runs[..] else {
            panic!("{name} has {} runs", cell.runs.len());
        };
        assert!(run.errors.is_empty() && run.requests > 0, "{name}: {run:?}");
        assert!(run.bytes_in > 100.0 && run.bytes_out > 50.0, "{name}");
        assert!(run.server_cpu_s_per_1000.is_some() && run.server_peak_rss.is_some());
        assert_eq!(run.store_round_trips, Some(0.0));
        assert!(
            cell.bytes_per_session.is_some_and(|bytes| bytes > 100.0),
            "{name}"
        );
        assert_eq!(cell.revocation_lag_ms.len(), 3);
        assert!(cell.revocation_lag_ms.iter().all(Option::is_some), "{name}");
    }
    let bare = record.bare.unwrap();
    assert!(bare.rate.len() == 1 && bare.rate[0] > 0.0);
    let report = fs::read_to_string(out.join("report.html")).unwrap();
    for strategy in ["session", "jwt-denylist", "oauth-session"] {
        assert!(report.contains(strategy), "{strategy}");
    }
}

#[tokio::test]
async fn given_servers_are_compared_and_nobody_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let node = |program, data: &str| {
        let launch = Launch::quick(program).flag("--verification", "optional");
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
        assert!(cell.revocation_lag_ms.iter().all(Option::is_some), "{said}");
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

fn read(path: &Path) -> Record {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}
