//! What real systems write, read and signed in with.

#![allow(clippy::unwrap_used)]

mod hashes;
mod round_trip;
mod sources;

use std::fs;

use auth_core::Timestamp;
use auth_core::accounts::admin::{Arrival, Refusal};
use auth_import::{Options, Source};

/// The parameters and the salt of the example in Firebase's own documentation.
const FIREBASE: &str = "hash_config {
  algorithm: SCRYPT,
  base64_signer_key: jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,
  base64_salt_separator: Bw==,
  rounds: 8,
  mem_cost: 14,
}";

fn options() -> Options {
    Options {
        issuers: vec![("corp".to_owned(), "https://id.corp.example".to_owned())],
        firebase: Some(FIREBASE.parse().unwrap()),
        now: Timestamp::from_millis(1_800_000_000_000),
    }
}

/// The rows of a file with this content.
fn rows(source: Source, content: &[u8]) -> Vec<Result<Arrival, Vec<Refusal>>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users");
    fs::write(&file, content).unwrap();
    let mut rows = vec![];
    auth_import::read(source, &file, &options(), |row| {
        rows.push(row.arrival);
        true
    })
    .unwrap();
    rows
}

/// The only row of a file with this content.
fn one(source: Source, content: &str) -> Arrival {
    rows(source, content.as_bytes()).pop().unwrap().unwrap()
}
