//! Emptying the outbox: claim, prepare, send, settle.

mod config;
mod courier;
mod prepare;
mod under_way;
mod worker;

pub use config::WorkerConfig;
pub use worker::OutboxWorker;
