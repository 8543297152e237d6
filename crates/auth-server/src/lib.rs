//! The process around the contract: settings, telemetry, wiring, run.
//!
//! A server binary names itself and the settings of its strategy, and runs:
//!
//! ```no_run
//! use auth_server::{Server, Settings, StrategySettings};
//! use comprehensive_auth::{Session, Strategy};
//!
//! #[derive(clap::Args)]
//! struct MySettings {}
//!
//! impl StrategySettings for MySettings {
//!     fn strategy(&self, _: &Settings) -> anyhow::Result<Box<dyn Strategy>> {
//!         Ok(Box::new(Session::default()))
//!     }
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     auth_server::main::<MySettings>(&Server {
//!         name: "my-server",
//!         about: "a strategy of my own",
//!         port: 4001,
//!         needs_provider: false,
//!     })
//! }
//! ```

mod administration;
mod closed_listener;
mod command_line;
mod config;
mod data_dir;
mod distinct;
mod extra_routes;
mod figures;
mod listen;
mod mailbox;
mod measuring;
mod metrics;
mod other_sites;
mod other_strategies;
mod pages;
mod plan;
mod providers;
mod reload;
mod run;
mod server;
pub mod settings;
mod signals;
mod stop;
mod telemetry;
mod templates;
mod together;

pub use config::{admin, admin_with_keys, config, database_url, reserved_names};
pub use data_dir::encryption_keys;
pub use plan::{Findings, examine};
pub use providers::{Discovery, discoveries};
pub use run::{Running, main, spawn};
pub use server::{Server, StrategySettings};
pub use settings::Settings;
pub use telemetry::log_to_stderr;
pub use templates::built_in_templates;
pub use together::{Member, run_together};
