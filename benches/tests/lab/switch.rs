//! A change of strategy under load signs nobody out.

use std::process::Command;

use test_services::{POSTGRES, REDIS, can_run};

fn switch(store: &str) {
    let done = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args([
            "switch",
            "--clients",
            "40",
            "--kills",
            "1",
            "--store",
            store,
        ])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{done:?}");
    assert!(told.contains(" 0 signed out by nobody, 0 back"), "{told}");
    let counts: Vec<u64> = told
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    let [reads, changes, _, leavers, refused, ..] = counts[..] else {
        panic!("{told}");
    };
    // Every page went there, and nearly all of them back.
    assert!(
        reads > 40 && changes >= 40 && leavers == 11 && refused > 11,
        "{told}"
    );
}

#[test]
fn nobody_is_signed_out_by_a_change_on_sqlite() {
    switch("sqlite");
}

#[test]
fn nobody_is_signed_out_by_a_change_on_postgres_and_redis() {
    let test = "nobody_is_signed_out_by_a_change_on_postgres_and_redis";
    if can_run(test, &[&POSTGRES, &REDIS]) {
        switch("redis");
    }
}

#[test]
fn a_change_wants_more_clients_than_sign_out_on_the_way() {
    let refused = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(["switch", "--clients", "20", "--kills", "1"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && said.contains("it takes 22 clients"),
        "{said}"
    );
}
