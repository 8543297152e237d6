//! Passkeys as a browser and a server see them.

#![allow(clippy::unwrap_used)]

mod assertion_refusals;
mod ceremonies;
mod lab;
mod mutations;
mod options;
mod registration_refusals;
mod vectors;
