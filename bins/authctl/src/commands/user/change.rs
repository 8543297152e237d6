//! Changing accounts.

use auth_core::mail::NewMail;
use auth_core::user::{Along, Updated, UserChanges};
use auth_core::{Clock as _, MailKind, Notice, SystemClock, User};
use serde::Serialize;

use super::find::{find, not_found};
use super::shape::{OneUser, UserShape};
use super::{Name, Whom};
use crate::answer::Answer;
use crate::commands::Context;
use crate::commands::stores::OpenAccounts;
use crate::failure::Failure;

/// How many accounts are read at once.
const PAGE: u32 = 500;

#[derive(Serialize)]
struct Ended {
    user: UserShape,
    sessions_ended: u64,
}

#[derive(Serialize)]
struct SignedOut {
    users: u64,
    sessions_ended: u64,
}

/// Disables an account. Its generation is over before its sessions are ended, so that a
/// request in flight can't bring one back.
///
/// # Errors
/// When there is no such account, nobody confirms, or a store fails.
pub async fn disable(
    context: &Context,
    open: &OpenAccounts,
    name: &Name,
) -> anyhow::Result<Answer> {
    let user = find(&*open.accounts.users, name).await?;
    let question = format!("Disable user {} and sign it out everywhere?", called(&user));
    context.confirmation.ask(&question)?;
    let changes = UserChanges {
        disabled: Some(true),
        new_generation: true,
        ..UserChanges::default()
    };
    let user = change(open, &user, &changes).await?;
    let user = user.ok_or_else(|| not_found(&name.user))?;
    let ended = open.end_sessions(user.id).await?;
    ended_answer(&user, ended, "is disabled")
}

/// Lets a disabled account sign in again.
///
/// # Errors
/// When there is no such account, or a store fails.
pub async fn enable(open: &OpenAccounts, name: &Name) -> anyhow::Result<Answer> {
    let user = find(&*open.accounts.users, name).await?;
    let changes = UserChanges {
        disabled: Some(false),
        ..UserChanges::default()
    };
    let user = change(open, &user, &changes).await?;
    let user = user.ok_or_else(|| not_found(&name.user))?;
    let text = format!("{} can sign in again.", user.username);
    let user = UserShape::from(&user);
    Answer::new(&OneUser { user }, text)
}

/// Deletes an account. The mail that tells the owner is queued with the deletion or not
/// at all.
///
/// # Errors
/// When there is no such account, nobody confirms, or a store fails.
pub async fn delete(context: &Context, open: &OpenAccounts, name: &Name) -> anyhow::Result<Answer> {
    let user = find(&*open.accounts.users, name).await?;
    let question = format!("Delete user {}?", called(&user));
    context.confirmation.ask(&question)?;
    let kind = MailKind::Notice(Notice::AccountDeleted);
    let told = NewMail::new(kind, &user.email, None, SystemClock.now());
    if !open.accounts.users.delete(user.id, None, &[told]).await? {
        return Err(not_found(&name.user).into());
    }
    let ended = open.end_sessions(user.id).await?;
    ended_answer(&user, ended, "is deleted")
}

/// Ends every session of one account or of all.
///
/// # Errors
/// When there is no such account, nobody confirms, or a store fails.
pub async fn sign_out(
    context: &Context,
    open: &OpenAccounts,
    whom: &Whom,
) -> anyhow::Result<Answer> {
    let Some(user) = &whom.user else {
        context.confirmation.ask("Sign everybody out?")?;
        return sign_everybody_out(open).await;
    };
    let name = Name { user: user.clone() };
    let user = find(&*open.accounts.users, &name).await?;
    let ended = end_generation(open, &user).await?;
    let sessions_ended = ended.ok_or_else(|| not_found(&name.user))?;
    let text = format!("{} is signed out", user.username);
    SignedOut {
        users: 1,
        sessions_ended,
    }
    .answer(&text)
}

async fn sign_everybody_out(open: &OpenAccounts) -> anyhow::Result<Answer> {
    let mut done = SignedOut {
        users: 0,
        sessions_ended: 0,
    };
    let mut after = None;
    loop {
        let page = open.accounts.users.list(after, PAGE).await?;
        for user in &page {
            // Who was deleted meanwhile is signed out already.
            if let Some(ended) = end_generation(open, user).await? {
                done.users += 1;
                done.sessions_ended += ended;
            }
        }
        match page.last() {
            Some(last) => after = Some(last.id),
            None => break,
        }
    }
    let text = format!("All {} users are signed out", done.users);
    done.answer(&text)
}

impl SignedOut {
    fn answer(&self, text: &str) -> anyhow::Result<Answer> {
        Answer::new(self, format!("{text} ({}).", sessions(self.sessions_ended)))
    }
}

/// Mails a link by which the owner sets a new password.
///
/// # Errors
/// When there is no such account, it is disabled, or a store fails.
pub async fn reset_password(open: &OpenAccounts, name: &Name) -> anyhow::Result<Answer> {
    let user = find(&*open.accounts.users, name).await?;
    if user.disabled {
        let name = &user.username;
        let message = format!("{name} is disabled: run `authctl user enable {name}` first");
        return Err(Failure::failed("disabled", message).into());
    }
    let mail = NewMail::new(
        MailKind::Reset,
        &user.email,
        Some(user.id),
        SystemClock.now(),
    );
    open.accounts.outbox.queue(&mail).await?;
    let text = format!("A running server mails the link to {}.", user.email);
    let user = UserShape::from(&user);
    Answer::new(&OneUser { user }, text)
}

/// The changed account; `None` when it is gone, which is all that these changes can run
/// into.
async fn change(
    open: &OpenAccounts,
    user: &User,
    changes: &UserChanges,
) -> anyhow::Result<Option<User>> {
    let users = &open.accounts.users;
    match users.update(user.id, changes, &Along::default()).await? {
        Updated::Changed(user) => Ok(Some(user)),
        Updated::Refused | Updated::UsernameTaken | Updated::EmailTaken => Ok(None),
    }
}

/// Ends the sessions of an account, also those that a server keeps in its memory; `None`
/// when the account is gone.
async fn end_generation(open: &OpenAccounts, user: &User) -> anyhow::Result<Option<u64>> {
    let changes = UserChanges {
        new_generation: true,
        ..UserChanges::default()
    };
    match change(open, user, &changes).await? {
        Some(user) => Ok(Some(open.end_sessions(user.id).await?)),
        None => Ok(None),
    }
}

fn ended_answer(user: &User, sessions_ended: u64, now: &str) -> anyhow::Result<Answer> {
    let text = format!("{} {now} ({}).", user.username, sessions(sessions_ended));
    let user = UserShape::from(user);
    Answer::new(
        &Ended {
            user,
            sessions_ended,
        },
        text,
    )
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
