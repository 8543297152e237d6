//! The process around the contract: settings, telemetry, wiring, run.
//!
//! A server binary names itself and its strategy, and runs:
//!
//! ```no_run
//! # use auth_server::{Backend, Parts, Server};
//! # fn backend(_: &Parts) -> anyhow::Result<Backend> { anyhow::bail!("left out here") }
//! fn main() -> std::process::ExitCode {
//!     let server = Server {
//!         name: "my-server",
//!         about: "a strategy of my own",
//!         port: 4001,
//!         needs_provider: false,
//!         backend,
//!     };
//!     auth_server::main(&server)
//! }
//! ```

mod build;
mod extra_routes;
mod listen;
mod mailbox;
mod metrics;
mod peers;
mod providers;
mod run;
mod server;
pub mod settings;
mod stop;
mod stores;
mod telemetry;
mod together;

pub use build::admin;
pub use run::{Running, main, spawn};
pub use server::{Backend, Parts, Server};
pub use settings::Settings;
pub use stores::{OpenStores, SharedStore, database_url, open};
pub use telemetry::log_to_stderr;
pub use together::run_together;
