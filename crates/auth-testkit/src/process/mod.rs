//! Real server processes, to be killed, stopped and brought back.

mod child;
mod launch;
mod output;
mod program;
mod server;
mod watcher;

pub use child::Process;
pub use launch::{Ended, Launch};
pub use output::Output;
pub use program::Program;
pub use server::ServerProcess;
