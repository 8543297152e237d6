//! What is measured, and under which labels.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use auth_testkit::account::{Person, new_password};
use auth_testkit::process::{Launch, ServerProcess};
use serde_json::Value;
use test_services::{PROMTOOL, given};

use crate::deployment::{Deployment, eventually};
use crate::on;
use crate::raw::Wire;

on! {
    what_happens_to_accounts_is_counted: session_on_sqlite, jwt_on_sqlite;
    sign_ins_are_counted_by_outcome_and_method: session_on_sqlite;
    what_work_takes_is_measured: session_on_sqlite, jwt_on_services;
    what_is_shown_is_what_is_written_down: session_on_sqlite, session_on_services;
    strangers_make_up_no_series: session_on_sqlite, jwt_on_sqlite;
    who_asks_for_them_keeps_to_the_deadlines: session_on_sqlite;
    who_asks_for_them_has_few_connections: session_on_sqlite;
}

/// A server that is measured, and where its metrics are.
async fn measured(launch: Launch) -> Result<(ServerProcess, SocketAddr)> {
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, test_services::free_port()?));
    let server = ServerProcess::start(launch.flag("--metrics-bind", at)).await?;
    Ok((server, at))
}

async fn what_happens_to_accounts_is_counted(on: Deployment) -> Result<()> {
    let (server, at) = measured(on.launch()).await?;
    let ada = on.target(&server).signed_up("ada").await?;
    for _ in 0..2 {
        ada.client.refresh().await?.ok()?;
    }
    ada.client.logout().await?.ok()?;
    let metrics = shown(at).await?;
    for line in ["registered\"} 1", "refreshed\"} 2"] {
        let line = format!("auth_events_total{{event=\"{line}");
        ensure!(
            metrics.lines().any(|one| one == line),
            "{line} is not in {metrics}"
        );
    }
    Ok(())
}

async fn shown(at: SocketAddr) -> Result<String> {
    let answer = reqwest::get(format!("http://{at}/metrics")).await?;
    Ok(answer.text().await?)
}

/// The value of a series, named with all of its labels.
async fn value(at: SocketAddr, series: &str) -> Result<f64> {
    let metrics = shown(at).await?;
    let mut lines = metrics.lines();
    let value = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    let value = value.with_context(|| format!("{series} is not in {metrics}"))?;
    Ok(value.parse()?)
}

async fn sign_ins_are_counted_by_outcome_and_method(on: Deployment) -> Result<()> {
    let launch = on.launch().flag("--limits", "on");
    let launch = launch.flag("--limit-sign-in-free", 2);
    let launch = launch.flag("--limit-sign-in-delay", "1m");
    let (server, at) = measured(launch).await?;
    let ada = on.target(&server).signed_up("ada").await?;
    let (owner, stranger) = (server.client().await?, server.client().await?);
    let name = &ada.person.username;
    owner.login(name, &ada.person.password).await?.ok()?;
    // The last of the free ones begins the delay. Devices that have signed in have counts of their
    // own.
    for _ in 0..2 {
        stranger.login(name, &new_password()).await?.is(401)?;
    }
    stranger.login(name, &new_password()).await?.is(429)?;
    for (outcome, method, count) in [
        ("success", "mailed_link", 1.0),
        // Once to sign up, and once more.
        ("success", "password", 2.0),
        ("failed", "password", 2.0),
        ("throttled", "password", 1.0),
        ("pending", "password", 0.0),
    ] {
        let series = format!("auth_sign_ins_total{{method=\"{method}\",outcome=\"{outcome}\"}}");
        let counted = value(at, &series).await?;
        ensure!(counted == count, "{series} is {counted}");
    }
    let throttled = "auth_throttled_total{by=\"account\",limit=\"sign-in\"}";
    ensure!(value(at, throttled).await? == 1.0);
    Ok(())
}

async fn what_work_takes_is_measured(on: Deployment) -> Result<()> {
    let (server, at) = measured(on.launch()).await?;
    let ada = on.target(&server).signed_up("ada").await?;
    for _ in 0..3 {
        ada.client.profile().await?.ok()?;
    }
    on.mail_is_done().await;
    let (database, sessions) = match on.has_services() {
        true => ("postgresql", ("redis", "insert")),
        false => ("sqlite", ("sqlite", "transaction")),
    };
    let call = |system, store, operation| {
        format!(
            "auth_store_call_duration_seconds_count{{operation=\"{operation}\",outcome=\"ok\",\
             store=\"{store}\",system=\"{system}\"}}"
        )
    };
    for series in [
        "auth_hash_duration_seconds_count".to_owned(),
        "auth_hash_wait_seconds_count".to_owned(),
        "auth_mail_deliveries_total{kind=\"sign_up\",outcome=\"sent\"}".to_owned(),
        "auth_cache_lookups_total{result=\"hit\"}".to_owned(),
        "auth_cache_bytes".to_owned(),
        "process_resident_memory_bytes".to_owned(),
        call(database, "outbox", "transaction"),
        call(sessions.0, "sessions", sessions.1),
    ] {
        ensure!(value(at, &series).await? >= 1.0, "{series}");
    }
    for series in ["auth_servers", "auth_cache_answers"] {
        eventually(series, async || {
            value(at, series).await.is_ok_and(|is| is == 1.0)
        })
        .await;
    }
    Ok(())
}

/// The families, their types and their labels, by what is shown to Prometheus.
fn families(metrics: &str) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let types = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    let types = types.filter_map(|line| line.split_once(' '));
    let mut families: BTreeMap<_, _> = types
        .map(|(name, kind)| (name.to_owned(), (kind.to_owned(), BTreeSet::new())))
        .collect();
    for line in metrics.lines().filter(|line| !line.starts_with('#')) {
        let (name, labels) = line.split_once('{').unwrap_or((line, ""));
        let labels = labels.split("\",").map(|label| label.split('=').next());
        let labels = labels
            .flatten()
            .filter(|label| !label.is_empty() && *label != "le");
        if let Some((_, known)) = families.get_mut(family_of(name)) {
            let labels = labels.filter(|label| !label.starts_with('}'));
            known.extend(labels.map(str::to_owned));
        }
    }
    families
}

/// The family that a series belongs to.
fn family_of(series: &str) -> &str {
    let parts = ["_bucket", "_sum", "_count"];
    let mut parts = parts.iter().filter_map(|part| series.strip_suffix(part));
    parts.next().unwrap_or(series)
}

const TABLE: &str = include_str!("../../../../docs/ops/README.md");
const DASHBOARD: &str = include_str!("../../../../docs/ops/grafana/dashboard.json");
const ALERTS: &str = include_str!("../../../../docs/ops/prometheus/alerts.yml");
const TRIED: &str = include_str!("../../../../docs/ops/prometheus/alerts_test.yml");

/// The same by the table in the documentation.
fn table() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let cells = |row: &'static str| row.trim_matches('|').split(" |").map(str::trim).collect();
    let rows = TABLE.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.map(|row| -> Vec<&str> { cells(row) });
    let bare = |text: &str| text.trim_matches(['`', ' ']).to_owned();
    rows.map(|cells| {
        let labels = cells[2].split(',').map(bare);
        let labels = labels.filter(|label| !label.is_empty()).collect();
        (bare(cells[0]), (cells[1].to_owned(), labels))
    })
    .collect()
}

/// The families that a text names.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let prefixes = ["auth_", "http_", "process_"];
    let named = words.filter(|word| prefixes.iter().any(|prefix| word.starts_with(prefix)));
    named.map(|name| family_of(name).to_owned()).collect()
}

/// The queries of the dashboard.
fn queries() -> Result<Vec<String>> {
    let dashboard: Value = serde_json::from_str(DASHBOARD)?;
    let panels = dashboard["panels"].as_array().context("no panels")?;
    let targets = panels
        .iter()
        .filter_map(|panel| panel["targets"].as_array());
    let queries = targets
        .flatten()
        .filter_map(|target| target["expr"].as_str());
    Ok(queries.map(str::to_owned).collect())
}

async fn what_is_shown_is_what_is_written_down(on: Deployment) -> Result<()> {
    let launch = on.launch().flag("--bridge", "jwt");
    let (server, at) = measured(launch).await?;
    // What other stores have.
    let lacks: &[&str] = match on.has_services() {
        true => &["auth_sessions"],
        false => &["auth_store_connections", "auth_store_connection_waiters"],
    };
    let mut expected = table();
    let all: BTreeSet<_> = expected.keys().cloned().collect();
    for family in lacks {
        expected
            .remove(*family)
            .with_context(|| format!("no {family}"))?;
    }
    // The stores are asked for a first time right after the start.
    let last = if on.has_services() {
        "auth_mail_queue_depth"
    } else {
        "auth_sessions"
    };
    eventually("the stores to be asked", async || {
        let is_shown = |text: String| text.contains(&format!("\n{last} "));
        let bridge = shown(at)
            .await
            .is_ok_and(|text| text.contains("\nauth_bridge_sessions{"));
        bridge && shown(at).await.is_ok_and(is_shown)
    })
    .await;
    server.client().await?.get("/strategy").await?.ok()?;
    let shown = families(&shown(at).await?);
    ensure!(
        shown == expected,
        "shown {shown:#?}, written down {expected:#?}"
    );
    let panels = named(&queries()?.concat());
    ensure!(panels == all, "panels {panels:#?}, all {all:#?}");
    let alerts = named(ALERTS);
    ensure!(alerts.is_subset(&all), "{alerts:?}");
    Ok(())
}

/// Prometheus has a grammar and tests of its own for rules.
#[test]
fn promtool_takes_the_scrape_and_the_rules() -> Result<()> {
    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ops/prometheus");
    let Some(promtool) = given(PROMTOOL.variable, "promtool_takes_the_scrape_and_the_rules") else {
        return Ok(());
    };
    for words in [
        ["check", "config", "prometheus.yml"],
        ["check", "rules", "alerts.yml"],
        ["test", "rules", "alerts_test.yml"],
    ] {
        let run = Command::new(&promtool)
            .args(words)
            .current_dir(FOLDER)
            .output()?;
        let said = String::from_utf8_lossy(&run.stderr);
        ensure!(run.status.success(), "{words:?}: {said}");
    }
    Ok(())
}

/// Each alert says what to do, and whom to wake.
#[test]
fn every_alert_has_a_runbook() {
    let count = |text| ALERTS.matches(text).count();
    for part in ["runbook: >-", "summary: ", "severity: "] {
        assert_eq!(count("- alert: "), count(part), "{part}");
    }
}

/// Each alert is asked about where all is well and where nothing is.
#[test]
fn every_alert_is_tried_both_ways() {
    let lines = ALERTS.lines().map(str::trim);
    let alerts: Vec<_> = lines
        .filter_map(|line| line.strip_prefix("- alert: "))
        .collect();
    assert!(!alerts.is_empty());
    for alert in alerts {
        let silent = format!("\n      - {{eval_time: 50m, alertname: {alert}}}\n");
        let raised = format!("\n        alertname: {alert}\n        exp_alerts:\n          - ");
        for case in [silent, raised] {
            assert!(TRIED.contains(&case), "not tried: {case}");
        }
    }
}

async fn strangers_make_up_no_series(on: Deployment) -> Result<()> {
    let (server, at) = measured(on.launch()).await?;
    let person = Person::new("made-up");
    let stranger = server.client().await?.named("made-up/1.0");
    stranger.register(&person).await?.is(202)?;
    stranger.login("made-up", "made-up").await?.is(401)?;
    stranger.forgot("made-up@example.org").await?.is(202)?;
    stranger
        .get("/oauth/made-up/start?return_to=/made-up")
        .await?;
    on.mail_is_done().await;
    let mut wire = Wire::connect(server.address()).await?;
    let mut counted = vec![];
    for round in 0..3 {
        for (method, path) in [
            (format!("MADE{round}"), "/health/live".to_owned()),
            (format!("MADE{round}"), format!("/made/up{round}")),
            ("GET".to_owned(), format!("/made/up{round}")),
            ("DELETE".to_owned(), format!("/api/auth/sessions/{round}")),
            ("GET".to_owned(), format!("/docs/made-up-{round}")),
            (
                "get".to_owned(),
                format!("/api/auth/profile?made=up{round}"),
            ),
        ] {
            let host = format!("made-up-{round}.example");
            wire.ask(format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
                .await?;
        }
        let metrics = shown(at).await?;
        let lower = metrics.to_ascii_lowercase();
        ensure!(!lower.contains("made"), "{metrics}");
        ensure!(metrics.contains("method=\"other\""), "{metrics}");
        let requests = metrics.lines().filter(|line| line.starts_with("http_"));
        counted.push(requests.count());
    }
    ensure!(
        counted.iter().all(|count| *count == counted[0]),
        "{counted:?}"
    );
    Ok(())
}

const METRICS: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

async fn who_asks_for_them_keeps_to_the_deadlines(on: Deployment) -> Result<()> {
    let (_server, at) = measured(on.launch().flag("--head-timeout", "1s")).await?;
    let (silent, mut slow) = (Wire::connect(at).await?, Wire::connect(at).await?);
    ensure!(slow.ask(METRICS).await?.status == 200, "no metrics");
    slow.send(b"GET /met").await?;
    for wire in [silent, slow] {
        let rest = wire.rest().await;
        let is_refusal = rest.is_empty() || rest.starts_with(b"HTTP/1.1 408");
        ensure!(is_refusal, "an answer to half a request");
    }
    Ok(())
}

async fn who_asks_for_them_has_few_connections(on: Deployment) -> Result<()> {
    let (_server, at) = measured(on.launch()).await?;
    let first = Wire::connect(at).await?;
    let mut others = vec![];
    for _ in 0..64 {
        let mut wire = Wire::connect(at).await?;
        ensure!(wire.ask(METRICS).await?.status == 200, "no metrics");
        others.push(wire);
    }
    ensure!(first.rest().await.is_empty(), "something came");
    Ok(())
}
