//! The lab measured: what it says of servers whose behaviour is known.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod comparison;
mod errors;
mod fake;
mod growth;
mod interrupt;
mod latency;
mod proxy;
mod revocation;
mod sameness;
mod search;
mod spreading;
mod switch;
