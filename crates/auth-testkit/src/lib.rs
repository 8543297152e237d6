//! The contract suite.
//!
//! Cases are written once against the wire, over real sockets, and know nothing of the
//! server's code. [`conform`](conform::conform) runs them against any base URL;
//! [`runner::tests_for`] turns each into a named test, so that one list of cases covers
//! every strategy and store.

pub mod account;
mod audit;
pub mod authenticator;
pub mod case;
mod cases;
pub mod client;
mod compare;
pub mod conform;
pub mod mailbox;
pub mod need;
pub mod process;
pub mod provider;
mod reply;
pub mod runner;
mod shape;
pub mod target;

pub use case::Case;
pub use cases::all;
pub use client::{Client, Credential};
pub use conform::{Report, conform};
pub use mailbox::{Mail, Mailbox};
pub use need::Need;
pub use provider::{Decision, Provider, Providers};
pub use reply::Reply;
pub use target::{Lifetimes, Target};
