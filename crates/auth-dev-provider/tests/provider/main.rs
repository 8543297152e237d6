//! The provider as a client, a browser and a test see it.

#![allow(clippy::unwrap_used)]

mod code_flow;
mod decisions;
mod faults;
mod github;
mod keys;
mod lab;
mod misbehaviours;
mod page;
mod token_endpoint;
