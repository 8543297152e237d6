//! Webhooks as Standard Webhooks (<https://www.standardwebhooks.com>) describes them: what the
//! audit trail tells goes out from the queue, signed, until the receiver has it. And hooks, which
//! an operator's own service answers before somebody registers or is signed in.
//!
//! Whoever is called here is nobody to rely on: a call takes a bounded time, reads a bounded
//! answer, follows no redirect and goes to no address that it must not.

mod call;
mod hook;
mod reach;
mod retry;
mod sign;
mod worker;

pub use call::{CallError, Caller};
pub use hook::{HookConfig, Hooks};
pub use reach::Reach;
pub use sign::signature;
pub use worker::{WebhookWorker, WorkerConfig};
