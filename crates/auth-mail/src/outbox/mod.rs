//! Emptying the outbox: claim, prepare, send, settle.

mod config;
mod delivery_task;
mod prepare;
mod under_way;
mod worker;

pub use config::WorkerConfig;
pub use worker::OutboxWorker;
