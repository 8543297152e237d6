//! Hashes of the real libraries verify; `vectors/make.py` and `vectors/make.mjs` make them.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use auth_core::{Hasher, HasherConfig, Password, PasswordHash};
use auth_import::Source;
use serde_json::{Value, json};
use test_services::{PASSWORDS_IN_NODE, PASSWORDS_IN_PYTHON, given};

use crate::one;

/// Its letters are of several normalisation forms, as better-auth looks at them.
const PASSWORD: &str = "Analytical-Engine ﬁ 1843 ñ";

const KEPT: &str = include_str!("vectors/vectors.txt");

fn hasher() -> Hasher {
    let config = HasherConfig {
        cost: "m=64,t=1,p=1".parse().unwrap(),
        threads: 2,
        queue: 100,
        deadline: Duration::from_secs(600),
    };
    Hasher::start(config).unwrap()
}

/// The hash as it is read from a file of the system that made it.
fn read(name: &str, hash: &str) -> PasswordHash {
    let email = "ada@example.org";
    let system = name.split_whitespace().next().unwrap();
    let (source, row) = match system {
        "keycloak" => {
            let credential: Value = serde_json::from_str(hash).unwrap();
            let user = json!({ "email": email, "credentials": [credential] });
            (Source::Keycloak, json!({ "users": [user] }))
        }
        "better-auth" => {
            let account = json!([{ "providerId": "credential", "password": hash }]);
            (
                Source::BetterAuth,
                json!({ "email": email, "account": account }),
            )
        }
        "firebase" => {
            let salt = "42xEC+ixf3L2lw==";
            let user = json!({ "email": email, "passwordHash": hash, "salt": salt });
            (Source::Firebase, json!({ "users": [user] }))
        }
        "django" => (
            Source::Django,
            json!([{ "email": email, "password": hash }]),
        ),
        _ => (
            Source::Ndjson,
            json!({ "email": email, "password_hash": hash }),
        ),
    };
    let read = one(source, &row.to_string()).password_hash.unwrap();
    // What an export writes is read again.
    assert_eq!(
        auth_import::recognised(read.as_str()),
        Ok(read.clone()),
        "{name}"
    );
    read
}

/// Every hash is that of the password, and of no other one.
async fn verify(vectors: &str, password: &str) -> usize {
    let hasher = hasher();
    let lines = vectors.lines().filter(|line| !line.starts_with('#'));
    let mut count = 0;
    for (name, hash) in lines.map(|line| line.split_once('\t').unwrap()) {
        let hash = read(name, hash);
        for (typed, matches) in [(password, true), ("Analytical-Engine", false)] {
            let verdict = hasher.verify(&Password::new(typed), Some(&hash)).await;
            let verdict = verdict.unwrap();
            assert_eq!(verdict.matches, matches, "{name}");
            assert!(verdict.outdated, "{name}");
        }
        count += 1;
    }
    count
}

#[tokio::test]
async fn hashes_of_real_libraries_verify() {
    assert_eq!(verify(KEPT, PASSWORD).await, 20);
}

#[tokio::test]
async fn firebase_verifies_its_own_example() {
    let hash =
        "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";
    verify(&format!("firebase\t{hash}"), "user1password").await;
}

/// Passwords whose libraries treat them specially: none fits into bcrypt, one has another form
/// of its letters in better-auth.
const SPECIAL: [&str; 2] = [
    "no bcrypt reads as far as the end of this sentence, since it has more than 72 bytes",
    "Ⅳ µ Å ﬃ",
];

#[tokio::test]
async fn fresh_hashes_of_python_libraries_verify() {
    let test = "fresh_hashes_of_python_libraries_verify";
    let Some(packages) = given(PASSWORDS_IN_PYTHON.variable, test) else {
        return;
    };
    for password in SPECIAL {
        let mut python = Command::new("python3");
        python.arg(script("make.py")).arg(password);
        python
            .env("PYTHONPATH", &packages)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        verify(&said(&mut python), password).await;
    }
}

#[tokio::test]
async fn fresh_hashes_of_node_libraries_verify() {
    let test = "fresh_hashes_of_node_libraries_verify";
    let Some(modules) = given(PASSWORDS_IN_NODE.variable, test) else {
        return;
    };
    for password in SPECIAL {
        let mut node = Command::new("node");
        node.arg(script("make.mjs")).arg(&modules).arg(password);
        verify(&said(&mut node), password).await;
    }
}

fn script(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/formats/vectors")
        .join(name)
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}
