//! Which settings are refused, and in which words.

use clap::Parser as _;

use super::*;

fn check(args: &[&str]) -> Result<(), String> {
    let args = ["server"].iter().chain(args);
    let settings = Settings::try_parse_from(args).map_err(|e| e.to_string())?;
    settings.check().map_err(|e| format!("{e:#}"))
}

#[test]
fn the_defaults_serve_development() {
    assert_eq!(check(&[]), Ok(()));
}

#[test]
fn all_that_is_wrong_is_found() {
    let args = [
        "server",
        "--base-path",
        "/",
        "--clock-leeway",
        "6m",
        "--bridge-percent",
        "5",
    ];
    let settings = Settings::try_parse_from(args).unwrap();
    let problems: Vec<_> = settings
        .problems()
        .iter()
        .map(ToString::to_string)
        .collect();
    let names = problems.iter().map(|one| one.split(' ').next().unwrap());
    let names: Vec<_> = names.collect();
    assert_eq!(names, ["--base-path", "--bridge-percent", "--clock-leeway"]);
}

/// What is wrong with settings that production takes, and these.
fn production_with(extra: &[&str]) -> Result<(), String> {
    const PRODUCTION: [&str; 8] = [
        "--env",
        "production",
        "--public-url",
        "https://auth.example.org",
        "--mail",
        "smtp://mail.example.org",
        "--mail-from",
        "accounts@example.org",
    ];
    check(&[&PRODUCTION, extra].concat())
}

#[test]
fn a_collector_is_named_by_a_plain_url_and_a_share_is_one() {
    for url in ["ftp://x", "http://a:b@x", "http://x?q", "localhost:4318"] {
        let refused = check(&["--otlp-endpoint", url]).unwrap_err();
        assert!(refused.contains("--otlp-endpoint"), "{url}: {refused}");
    }
    for share in ["1.1", "-1", "NaN", "half"] {
        let refused = check(&[&*format!("--otlp-sample={share}")]).unwrap_err();
        assert!(refused.contains("from 0 to 1"), "{share}: {refused}");
    }
    let sound = ["--otlp-endpoint", "https://x:4318/otlp", "--otlp-sample=0"];
    assert_eq!(check(&sound), Ok(()));
}

#[test]
fn the_admin_api_is_reached_over_tls_or_from_this_machine() {
    let bound = ["--admin-bind", "127.0.0.1:4009"];
    let with = |extra: &[&str]| production_with(&[&bound, extra].concat());
    assert_eq!(with(&[]), Ok(()));
    assert_eq!(with(&["--admin-url", "https://admin.example.org"]), Ok(()));
    assert_eq!(with(&["--admin-url", "http://localhost:4009"]), Ok(()));
    let names = |outcome: Result<(), String>| {
        let error = outcome.unwrap_err();
        assert!(error.contains("--admin-url"), "{error}");
    };
    names(with(&["--admin-url", "http://admin.example.org"]));
    names(with(&["--admin-url", "https://admin.example.org/console"]));
    names(production_with(&["--admin-bind", "0.0.0.0:4009"]));
    assert!(with(&["--base-path", "/api/admin"]).is_err());
}

#[test]
fn a_server_that_others_reach_is_not_on_this_machine() {
    let local = |args: &[&str]| {
        let args = ["server"].iter().chain(args);
        Settings::try_parse_from(args).unwrap().is_on_this_machine()
    };
    assert!(local(&[]));
    assert!(local(&[
        "--bind",
        "127.0.0.1:1",
        "--public-url",
        "http://localhost:1"
    ]));
    assert!(local(&[
        "--bind",
        "[::1]:1",
        "--public-url",
        "https://x.localhost"
    ]));
    assert!(!local(&["--bind", "0.0.0.0:1"]));
    assert!(!local(&["--bind", "[::]:1"]));
    assert!(!local(&["--bind", "192.168.0.7:1"]));
    assert!(!local(&["--public-url", "https://auth.example.org"]));
    assert!(!local(&["--env", "production"]));
}

#[test]
fn a_misspelt_value_never_falls_back() {
    for args in [
        ["--env", "prod"],
        ["--limits", "of"],
        ["--verification", "none"],
        ["--session-idle", "30"],
        ["--argon2", "fast"],
        ["--session-store", "mem"],
        ["--public-url", "http://example.org"],
        ["--public-url", "https://x.org/path"],
        ["--base-path", "api"],
        ["--base-path", "/"],
        ["--base-path", "/a/"],
        ["--base-path", "/health"],
        ["--base-path", "/docs/auth"],
        ["--base-path", "/.well-known"],
        ["--base-path", "/a/../b"],
        ["--base-path", "/{a}"],
        ["--hash-queue", "0"],
        ["--hash-queue", "18446744073709551615"],
        ["--hash-threads", "0"],
        ["--workers", "0"],
        ["--admin-bind", "localhost"],
        ["--admin-url", "http://localhost:4009"],
        ["--workers", "100000"],
        ["--database-pool", "0"],
        ["--argon2", "m=4294967295,t=2,p=1"],
        ["--argon2", "m=19456,t=4294967295,p=1"],
        ["--session-idle", "0s"],
        ["--session-absolute", "1000y"],
        ["--mail-poll", "0s"],
        ["--bind", "localhost"],
        ["--trusted-origin", "https://a.org/"],
        ["--trusted-origin", "*"],
        ["--trusted-origin", "https://*.com"],
        ["--cors-allow-header", "no header"],
        ["--trusted-origin", "null"],
        ["--frontend-url", "https://a.org/#x"],
        ["--frontend-url", "ftp://a.org"],
        ["--frontend-url", "app.example.org"],
        ["--provider", "gogle"],
        ["--provider", "dev;dev"],
        ["--oauth-timeout", "0s"],
        ["--trusted-proxy", "everyone"],
        ["--limit-sign-in-ip", "0/1h"],
        ["--clock-leeway", "6m"],
        ["--bridge-percent", "50"],
        ["--bridge-until", "2027-01-31T18:00:00Z"],
        ["--shadow-percent", "50"],
        ["--log-level", "loud"],
    ] {
        assert!(check(&args).is_err(), "{args:?}");
    }
}
