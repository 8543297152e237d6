//! The locustfile, run by Locust against each of the servers unchanged.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

use auth_testkit::process::{Launch, Program, ServerProcess};
use test_services::{LOCUST, given};

/// Reports what was asked how often, and how much of it failed.
struct Report(Vec<(String, u64, u64)>);

impl Report {
    fn read(file: &Path) -> Self {
        let mut rows = csv::Reader::from_path(file).unwrap();
        let head = rows.headers().unwrap().clone();
        let column = |name| head.iter().position(|one| one == name).unwrap();
        let (kind, name) = (column("Type"), column("Name"));
        let (asked, failed) = (column("Request Count"), column("Failure Count"));
        let rows = rows.records().map(|row| {
            let row = row.unwrap();
            let count = |at: usize| row[at].parse().unwrap();
            let request = format!("{} {}", &row[kind], &row[name]);
            (request, count(asked), count(failed))
        });
        Self(rows.collect())
    }

    fn of(&self, request: &str) -> u64 {
        let found = self.0.iter().find(|(name, ..)| name == request);
        found.map_or(0, |(_, asked, _)| *asked)
    }
}

async fn works_against(program: Program, test: &str) {
    let Some(packages) = given(LOCUST.variable, test) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let launch = Launch::quick(program)
        .flag("--verification", "optional")
        .flag("--data-dir", folder.path().join("data").display());
    let server = ServerProcess::start(launch).await.unwrap();
    let out = folder.path().join("locust");
    let output = Command::new("python3")
        .args([
            "-m",
            "locust",
            "--headless",
            "--only-summary",
            "--users",
            "20",
        ])
        .args(["--spawn-rate", "20", "--run-time", "5s", "--locustfile"])
        .arg(locustfile())
        .args(["--host", &format!("http://{}", server.address()), "--csv"])
        .arg(&out)
        .env("PYTHONPATH", packages)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let report = Report::read(&folder.path().join("locust_stats.csv"));
    assert!(report.0.iter().all(|(.., failed)| *failed == 0), "{said}");
    assert_eq!(report.of("POST /api/auth/register"), 20);
    // Ten of them are in a hurry: some forty tasks a second, one in six of this kind.
    let signed_out = report.of("POST /api/auth/logout");
    assert!(
        signed_out > 0 && report.of("GET /api/auth/profile") > signed_out,
        "{said}"
    );
    // A user who is stopped between the two does not sign in again.
    let signed_in = report.of("POST /api/auth/login");
    assert!(
        (signed_out..=signed_out + 20).contains(&signed_in),
        "{said}"
    );
}

fn locustfile() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("locust/locustfile.py")
}

#[tokio::test]
async fn it_works_against_sessions() {
    works_against(Program::SessionServer, "it_works_against_sessions").await;
}

#[tokio::test]
async fn it_works_against_tokens() {
    works_against(Program::JwtServer, "it_works_against_tokens").await;
}

#[tokio::test]
async fn it_works_against_oauth_server() {
    works_against(Program::OauthServer, "it_works_against_oauth_server").await;
}
