//! The commands.

mod bridge;
mod db;
mod encryption;
mod export;
mod import;
mod keys;
mod settings;
mod stores;
mod templates;
mod up;
mod user;

use auth_server::Settings;
use clap::{ArgMatches, Subcommand};

use crate::answer::{Answer, Format};
use crate::confirm::Confirmation;
use crate::server_settings::ServerSettings;

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// The database: its schema and what is in it.
    #[command(subcommand)]
    Db(db::Command),

    /// Accounts.
    #[command(subcommand)]
    User(user::Command),

    Import(import::Command),

    Export(export::Command),

    /// The keys that sign access tokens.
    #[command(subcommand)]
    Keys(keys::Command),

    /// The keys under which the seeds of authenticator apps are encrypted.
    #[command(subcommand)]
    Encryption(encryption::Command),

    /// Changing over from one strategy to another.
    #[command(subcommand)]
    Bridge(bridge::Command),

    /// What people see and read: the templates of pages and mails, and their words.
    #[command(subcommand)]
    Templates(templates::Command),

    /// Show the settings that are in force, and where each comes from.
    Settings,

    /// Start the three servers side by side.
    Up(up::Command),
}

/// What every command works with.
pub struct Context {
    /// What every server is told.
    pub settings: Settings,
    /// The same with what their strategies are told.
    pub servers: ServerSettings,
    /// Asks before something is destroyed.
    pub confirmation: Confirmation,
    /// Who reads the answer.
    pub format: Format,
    matches: ArgMatches,
}

impl Context {
    /// What commands of this line work with.
    pub fn new(servers: ServerSettings, yes: bool, format: Format, matches: ArgMatches) -> Self {
        Self {
            settings: servers.common.clone(),
            servers,
            confirmation: Confirmation::new(yes),
            format,
            matches,
        }
    }
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// One sentence that names the remedy.
    pub async fn run(&self, context: &Context) -> anyhow::Result<Answer> {
        match self {
            Self::Db(command) => command.run(context).await,
            Self::User(command) => command.run(context).await,
            Self::Import(command) => command.run(context).await,
            Self::Export(command) => command.run(context).await,
            Self::Keys(command) => command.run(context),
            Self::Encryption(command) => command.run(context).await,
            Self::Bridge(command) => command.run(context).await,
            Self::Templates(command) => command.run(),
            Self::Settings => settings::show(&context.matches),
            Self::Up(command) => command.run(&context.servers).await,
        }
    }
}
