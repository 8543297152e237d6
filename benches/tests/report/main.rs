//! Reports of made-up records say what the records hold, whoever is ahead in them.

#![allow(clippy::unwrap_used)]

mod diff;
mod files;
mod model;
mod opening;
mod sample;
