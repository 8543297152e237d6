//! Changing accounts.

use auth_core::User;
use auth_core::accounts::ProfilePatch;
use auth_core::accounts::admin::{AccountChange, Ended};
use auth_server::settings::SessionStoreUrl;
use clap::Args;
use serde::Serialize;

use super::shape::{OneUser, UserShape};
use super::{Desk, Name, Whom};
use crate::answer::Answer;
use crate::failure::Failure;

/// What to change.
#[derive(Args)]
pub struct Change {
    #[command(flatten)]
    name: Name,

    #[command(flatten)]
    values: Values,

    /// The address is known to be the owner's: it counts as verified, and changes at once.
    /// Otherwise it is mailed a link, and changes when that is followed.
    #[arg(long, requires = "email")]
    verified: bool,
}

/// The new values.
#[derive(Args)]
#[group(required = true, multiple = true)]
struct Values {
    /// The new given name.
    #[arg(long)]
    first_name: Option<String>,

    /// The new family name; it may be empty.
    #[arg(long)]
    last_name: Option<String>,

    /// The new username; it may be a reserved one.
    #[arg(long)]
    username: Option<String>,

    /// The new e-mail address.
    #[arg(long)]
    email: Option<String>,
}

#[derive(Serialize)]
struct EndedShape {
    user: UserShape,
    sessions_ended: u64,
}

#[derive(Serialize)]
struct SignedOutShape {
    users: u64,
    sessions_ended: u64,
}

impl Change {
    /// Changes names and the address of an account.
    ///
    /// # Errors
    /// When there is no such account, a rule is broken, somebody has the username or the
    /// address, a link would be needed for a disabled account, or a store fails.
    pub async fn run(&self, desk: &Desk<'_>) -> anyhow::Result<Answer> {
        let before = desk.admin.find(&self.name.user).await?;
        let values = &self.values;
        if before.disabled && values.email.is_some() && !self.verified {
            return Err(disabled(&before).into());
        }
        let change = AccountChange {
            profile: ProfilePatch {
                first_name: values.first_name.clone(),
                last_name: values.last_name.clone(),
                username: values.username.clone(),
                email: values.email.clone(),
                current_password: None,
                language: None,
            },
            email_verified: self.verified,
        };
        let user = desk.admin.change(&desk.actor, &before, &change).await?;
        let mut text = format!("Changed user {}.", user.username);
        if let (Some(email), false) = (&values.email, self.verified) {
            text += &format!("\nUnless it is the account's already, {email} is mailed a link.");
        }
        Answer::new(&OneUser::from(&user), text)
    }
}

/// Disables an account.
///
/// # Errors
/// When there is no such account, nobody confirms, or a store fails.
pub async fn disable(desk: &Desk<'_>, name: &Name) -> anyhow::Result<Answer> {
    let user = desk.admin.find(&name.user).await?;
    desk.confirm(&format!(
        "Disable user {} and sign it out everywhere?",
        called(&user)
    ))?;
    let ended = desk.admin.disable(&desk.actor, &user).await?;
    ended_answer(&ended, "is disabled")
}

/// Lets a disabled account sign in again.
///
/// # Errors
/// When there is no such account, or a store fails.
pub async fn enable(desk: &Desk<'_>, name: &Name) -> anyhow::Result<Answer> {
    let user = desk.admin.find(&name.user).await?;
    let user = desk.admin.enable(&desk.actor, &user).await?;
    let text = format!("{} can sign in again.", user.username);
    Answer::new(&OneUser::from(&user), text)
}

/// Deletes an account.
///
/// # Errors
/// When there is no such account, nobody confirms, or a store fails.
pub async fn delete(desk: &Desk<'_>, name: &Name) -> anyhow::Result<Answer> {
    let user = desk.admin.find(&name.user).await?;
    desk.confirm(&format!("Delete user {}?", called(&user)))?;
    let ended = desk.admin.delete(&desk.actor, user).await?;
    ended_answer(&ended, "is deleted")
}

/// Ends every session of one account or of all.
///
/// # Errors
/// When there is no such account, nobody confirms, or a store fails.
pub async fn sign_out(desk: &Desk<'_>, whom: &Whom) -> anyhow::Result<Answer> {
    let (who, users, sessions_ended) = match &whom.user {
        Some(name) => {
            let user = desk.admin.find(name).await?;
            let ended = desk.admin.sign_out(&desk.actor, &user).await?;
            let who = format!("{} is", user.username);
            (who, 1, ended.sessions_ended)
        }
        None => {
            desk.confirm("Sign everybody out?")?;
            let done = desk.admin.sign_out_all(&desk.actor).await?;
            let who = format!("All {} users are", done.users);
            (who, done.users, done.sessions_ended)
        }
    };
    let text = format!("{who} signed out ({}).", sessions(sessions_ended));
    let shape = SignedOutShape {
        users,
        sessions_ended,
    };
    Answer::new(&shape, text)
}

/// Mails a link by which the owner sets a new password.
///
/// # Errors
/// When there is no such account, it is disabled, or a store fails.
pub async fn reset_password(desk: &Desk<'_>, name: &Name) -> anyhow::Result<Answer> {
    let user = desk.admin.find(&name.user).await?;
    if !desk.admin.send_reset(&desk.actor, &user).await? {
        return Err(disabled(&user).into());
    }
    let text = format!("A running server mails the link to {}.", user.email);
    Answer::new(&OneUser::from(&user), text)
}

/// Forgets the failed sign-ins that were counted for an account.
///
/// # Errors
/// When there is no such account, the counts are out of reach, or a store fails.
pub async fn unlock(desk: &Desk<'_>, name: &Name) -> anyhow::Result<Answer> {
    let user = desk.admin.find(&name.user).await?;
    if desk.session_store()? == SessionStoreUrl::Memory {
        let message = "with --session-store memory failed sign-ins are counted in the memory \
                       of servers: wait, or restart them";
        return Err(Failure::failed("out_of_reach", message).into());
    }
    desk.admin.unlock(&desk.actor, &user).await?;
    let text = format!("The failed sign-ins of {} are forgotten.", user.username);
    Answer::new(&OneUser::from(&user), text)
}

/// Links don't work for a disabled account, so none are mailed.
fn disabled(user: &User) -> Failure {
    let name = &user.username;
    let message = format!("{name} is disabled: run `authctl user enable {name}` first");
    Failure::failed("disabled", message)
}

fn ended_answer(ended: &Ended, now: &str) -> anyhow::Result<Answer> {
    let (user, sessions_ended) = (&ended.user, ended.sessions_ended);
    let text = format!("{} {now} ({}).", user.username, sessions(sessions_ended));
    let user = UserShape::from(user);
    let shape = EndedShape {
        user,
        sessions_ended,
    };
    Answer::new(&shape, text)
}

fn sessions(ended: u64) -> String {
    match ended {
        1 => "1 session ended".to_owned(),
        ended => format!("{ended} sessions ended"),
    }
}

/// An account in a question: enough to notice that it is the wrong one.
fn called(user: &User) -> String {
    let (first, last) = (&user.first_name, &user.last_name);
    format!("{} ({first} {last}, {})", user.username, user.email)
}
