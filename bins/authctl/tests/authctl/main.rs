//! The tool as its users meet it: the real binary, on real databases.

#![allow(clippy::unwrap_used)]

mod accounts;
mod admin;
mod audit;
mod backup;
mod breached;
mod change;
mod db;
mod doctor;
mod encryption;
mod export;
mod import;
mod keys;
mod place;
mod record;
mod secrecy;
mod settings;
mod sign_out;
mod templates;
mod terminal;
mod tool;
mod user;
mod webhooks;
