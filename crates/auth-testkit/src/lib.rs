//! The contract suite.
//!
//! Cases are written once against the wire, over real sockets, and know nothing of the
//! server's code. [`conform`](conform::conform) runs them against any base URL;
//! [`runner::tests_for`] turns each into a named test, so that one list of cases covers
//! every strategy and store.

pub mod account;
mod audit;
pub mod case;
mod cases;
pub mod client;
mod compare;
pub mod conform;
pub mod mailbox;
pub mod problem;
pub mod process;
pub mod provider;
pub mod runner;
mod shape;
pub mod target;

pub use case::{Case, Need, all};
pub use client::{Client, Credential, Reply};
pub use conform::{Report, conform};
pub use mailbox::{Mail, Mailbox};
pub use provider::{Decision, Provider, Providers};
pub use target::{Lifetimes, Target};
