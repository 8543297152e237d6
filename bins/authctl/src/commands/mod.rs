//! The commands.

mod api_key;
mod audit;
mod backup;
mod bridge;
mod db;
mod doctor;
mod encryption;
mod export;
mod health;
mod import;
mod keys;
mod restore;
mod settings;
mod stores;
mod templates;
mod up;
mod user;
mod webhook;

use auth_server::Settings;
use auth_server::settings::Given;
use clap::Subcommand;

use crate::answer::{Answer, Format};
use crate::confirm::Confirmation;
use crate::server_settings::ServerSettings;

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    Health(health::Command),

    Doctor(doctor::Command),

    /// The database: its schema and what is in it.
    #[command(subcommand)]
    Db(db::Command),

    /// Accounts.
    #[command(subcommand)]
    User(user::Command),

    Audit(audit::Command),

    Import(import::Command),

    Export(export::Command),

    Backup(backup::Command),

    Restore(restore::Command),

    /// The keys that sign access tokens.
    #[command(subcommand)]
    Keys(keys::Command),

    /// The keys under which the seeds of authenticator apps and the secrets of webhooks are
    /// encrypted.
    #[command(subcommand)]
    Encryption(encryption::Command),

    /// Keys by which programs use the admin API.
    #[command(subcommand)]
    ApiKey(api_key::Command),

    /// Receivers that are told of what happens.
    #[command(subcommand)]
    Webhook(webhook::Command),

    /// Changing over from one strategy to another.
    #[command(subcommand)]
    Bridge(bridge::Command),

    /// What people see and read: the templates of pages and mails, and their words.
    #[command(subcommand)]
    Templates(templates::Command),

    Settings(settings::Command),

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
    given: Given,
}

impl Context {
    /// What commands of this line work with.
    pub fn new(servers: ServerSettings, yes: bool, format: Format, given: Given) -> Self {
        Self {
            settings: servers.common.clone(),
            servers,
            confirmation: Confirmation::new(yes),
            format,
            given,
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
            Self::Health(command) => command.run(context).await,
            Self::Doctor(command) => command.run(context).await,
            Self::Db(command) => command.run(context).await,
            Self::User(command) => command.run(context).await,
            Self::Audit(command) => command.run(context).await,
            Self::Import(command) => command.run(context).await,
            Self::Export(command) => command.run(context).await,
            Self::Backup(command) => command.run(context).await,
            Self::Restore(command) => command.run(context).await,
            Self::Keys(command) => command.run(context),
            Self::Encryption(command) => command.run(context).await,
            Self::ApiKey(command) => command.run(context).await,
            Self::Webhook(command) => command.run(context).await,
            Self::Bridge(command) => command.run(context).await,
            Self::Settings(command) => command.run(&context.given),
            Self::Templates(command) => command.run(),
            Self::Up(command) => command.run(&context.servers).await,
        }
    }
}
