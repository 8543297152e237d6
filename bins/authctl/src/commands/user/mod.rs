//! `authctl user`: accounts.

mod change;
mod create;
mod factors;
mod look;
mod pages;
mod role;
mod shape;

use auth_core::UserId;
use auth_core::accounts::admin::{Actor, Admin};
use auth_server::settings::SessionStoreUrl;
use clap::{Args, Subcommand};
use rustix::process::geteuid;

use super::Context;
use super::stores::open_admin;
use crate::answer::Answer;

/// Accounts.
#[derive(Subcommand)]
pub enum Command {
    /// Make an account, under the rules of registration.
    Create(create::Create),

    /// List accounts in order of creation.
    List(Page),

    /// Show an account with its devices and linked identities.
    Show(Name),

    /// Change names or the address; its owner is told of a new username or address.
    Change(change::Change),

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

    /// Show the second factors of an account.
    Factors(Name),

    /// Say whether an account has to have a second factor.
    RequireFactor(factors::Require),

    /// Remove all second factors of an account whose owner has lost them, after a delay in which
    /// the owner, who is told by mail, can object by using one.
    ResetFactors(factors::Reset),

    /// Give an account a role, or take the one it has.
    Role(role::SetRole),

    /// Forget the failed sign-ins of an account, so that its owner need not wait.
    Unlock(Name),
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

    /// Show all of them, printed while they are read.
    #[arg(long, conflicts_with = "limit")]
    all: bool,
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// When there is no such account, a rule is broken, a store fails, or nobody confirms
    /// a loss.
    pub async fn run(&self, context: &Context) -> anyhow::Result<Answer> {
        let desk = Desk::open(context).await?;
        if self.ends_sessions() {
            warn_of_memory(&desk.session_store()?);
        }
        match self {
            Self::Create(create) => create.run(&desk).await,
            Self::List(page) if page.all => pages::print(&desk, page.after).await,
            Self::List(page) => look::list(&desk, page).await,
            Self::Show(name) => look::show(&desk, name).await,
            Self::Change(change) => change.run(&desk).await,
            Self::Disable(name) => change::disable(&desk, name).await,
            Self::Enable(name) => change::enable(&desk, name).await,
            Self::Delete(name) => change::delete(&desk, name).await,
            Self::SignOut(whom) => change::sign_out(&desk, whom).await,
            Self::ResetPassword(name) => change::reset_password(&desk, name).await,
            Self::Factors(name) => factors::show(&desk, name).await,
            Self::RequireFactor(require) => require.run(&desk).await,
            Self::ResetFactors(reset) => reset.run(&desk).await,
            Self::Role(role) => role.run(&desk).await,
            Self::Unlock(name) => change::unlock(&desk, name).await,
        }
    }

    fn ends_sessions(&self) -> bool {
        matches!(self, Self::Disable(_) | Self::Delete(_) | Self::SignOut(_))
    }
}

/// What the commands about accounts work with.
pub struct Desk<'a> {
    context: &'a Context,
    admin: Admin,
    actor: Actor,
}

impl<'a> Desk<'a> {
    /// What is done here is logged on standard error.
    async fn open(context: &'a Context) -> anyhow::Result<Self> {
        let settings = &context.settings;
        auth_server::log_to_stderr(settings.log, settings.log_level.as_deref());
        Ok(Self {
            context,
            admin: open_admin(settings).await?,
            actor: operator(),
        })
    }

    fn confirm(&self, question: &str) -> anyhow::Result<()> {
        self.context.confirmation.ask(question)
    }

    fn session_store(&self) -> anyhow::Result<SessionStoreUrl> {
        self.context.settings.session_store()
    }
}

/// Whoever runs this, as the operating system knows them; in a container that may be by
/// number only.
pub(super) fn operator() -> Actor {
    let unnamed = || format!("uid {}", geteuid().as_raw());
    Actor::Operator {
        tool: "authctl",
        name: whoami::username().unwrap_or_else(|_| unnamed()),
    }
}

/// Sessions in a server's memory are out of reach; the version of their users' credentials is not.
fn warn_of_memory(store: &SessionStoreUrl) {
    if *store == SessionStoreUrl::Memory {
        eprintln!(
            "authctl: with --session-store memory access tokens are valid until they expire; \
             sessions and refresh tokens end at once, but can't be counted from here."
        );
    }
}
