//! `authctl user`: accounts.

mod change;
mod create;
mod find;
mod look;
mod shape;

use auth_core::UserId;
use auth_server::settings::SessionStoreUrl;
use clap::{Args, Subcommand};

use super::Context;
use super::stores::OpenAccounts;
use crate::answer::Answer;

/// Accounts.
#[derive(Subcommand)]
pub enum Command {
    /// Make an account, under the rules of registration.
    Create(create::Create),

    /// List accounts in order of creation.
    List(Page),

    /// Show an account.
    Show(Name),

    /// Disable an account and sign it out everywhere.
    Disable(Name),

    /// Let a disabled account sign in again.
    Enable(Name),

    /// Delete an account with everything that belongs to it; its owner is told by mail.
    Delete(Name),

    /// End every session of an account, or of all accounts.
    SignOut(Whom),

    /// Mail a link by which the owner sets a new password.
    ResetPassword(Name),
}

/// Which account.
#[derive(Args)]
pub struct Name {
    /// Username, e-mail address or id.
    #[arg(value_name = "USER")]
    user: String,
}

/// Which account, or all of them.
#[derive(Args)]
pub struct Whom {
    /// Username, e-mail address or id.
    #[arg(value_name = "USER", required_unless_present = "all")]
    user: Option<String>,

    /// All accounts.
    #[arg(long, conflicts_with = "user")]
    all: bool,
}

/// Which part of the list.
#[derive(Args)]
pub struct Page {
    /// Start behind the account with this id.
    #[arg(long, value_name = "ID")]
    after: Option<UserId>,

    /// The most accounts to show.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// When there is no such account, a rule is broken, a store fails, or nobody confirms
    /// a loss.
    pub async fn run(&self, context: &Context) -> anyhow::Result<Answer> {
        let open = OpenAccounts::open(&context.settings).await?;
        if self.ends_sessions() {
            warn_of_memory(&context.settings.session_store()?);
        }
        match self {
            Self::Create(create) => create.run(context, &open).await,
            Self::List(page) => look::list(&open, page).await,
            Self::Show(name) => look::show(&open, name).await,
            Self::Disable(name) => change::disable(context, &open, name).await,
            Self::Enable(name) => change::enable(&open, name).await,
            Self::Delete(name) => change::delete(context, &open, name).await,
            Self::SignOut(whom) => change::sign_out(context, &open, whom).await,
            Self::ResetPassword(name) => change::reset_password(&open, name).await,
        }
    }

    fn ends_sessions(&self) -> bool {
        matches!(self, Self::Disable(_) | Self::Delete(_) | Self::SignOut(_))
    }
}

/// Sessions in a server's memory are out of reach; their users' generation is not.
fn warn_of_memory(store: &SessionStoreUrl) {
    if *store == SessionStoreUrl::Memory {
        eprintln!(
            "authctl: with --session-store memory access tokens are valid until they expire; \
             sessions and refresh tokens end at once, but can't be counted from here."
        );
    }
}
