//! Emptying the outbox: claim, write, send, settle.

mod config;
mod delivery_task;
mod under_way;
mod worker;

pub use config::WorkerConfig;
pub use worker::OutboxWorker;
