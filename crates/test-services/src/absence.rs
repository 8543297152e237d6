//! Tests that lack something.

use std::env;
use std::fmt::Display;

use crate::Service;

/// Reports a test that could not run, in the words that `cargo xtask test` looks for.
///
/// # Panics
/// In CI (`CI=true`), where nothing may be left out.
pub fn not_run(test: &str, reason: impl Display) {
    let in_ci = env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!in_ci, "{test}: {reason}");
    println!("not run: {test} ({reason})");
}

/// Reports a test that nothing which can be installed would make run, such as one of an earlier
/// version where the checkout has no history: so in CI too, in the words that
/// `cargo xtask test` looks for.
pub fn cannot_run(test: &str, reason: impl Display) {
    println!("cannot run here: {test} ({reason})");
}

/// What a variable says that a test needs, such as the address of a server; without it the
/// test is [not run](not_run()).
///
/// # Panics
/// As [`not_run()`].
pub fn given(variable: &str, test: &str) -> Option<String> {
    let value = env::var(variable).ok().filter(|value| !value.is_empty());
    if value.is_none() {
        not_run(test, format_args!("{variable} is not set"));
    }
    value
}

/// Whether these services are on this machine; without them the test is
/// [not run](not_run()).
///
/// # Panics
/// As [`not_run()`].
pub fn can_run(test: &str, services: &[&Service]) -> bool {
    let absent = services.iter().find(|service| !service.is_installed());
    if let Some(absent) = absent {
        not_run(test, format_args!("{} is not installed", absent.name));
    }
    absent.is_none()
}
