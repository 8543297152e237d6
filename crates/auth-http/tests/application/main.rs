//! What an application adds that embeds the contract: fields of its own in the profile, and a
//! part in registrations. Each test has the accounts of a server, on an SQLite file.

#![allow(clippy::unwrap_used)]

mod hooks;
mod place;
mod profile;
