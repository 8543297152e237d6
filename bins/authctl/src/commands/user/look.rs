//! Looking at accounts.

use serde::Serialize;

use super::find::find;
use super::shape::{OneUser, UserShape, listed};
use super::{Name, Page};
use crate::answer::Answer;
use crate::commands::stores::OpenAccounts;

#[derive(Serialize)]
struct Users {
    users: Vec<UserShape>,
    /// What to give as `--after` for the next part; absent when this is the last one.
    next: Option<String>,
}

/// Lists accounts.
///
/// # Errors
/// When the store fails.
pub async fn list(open: &OpenAccounts, page: &Page) -> anyhow::Result<Answer> {
    // One more than is shown tells whether there are more.
    let users = open.accounts.users.list(page.after, page.limit + 1).await?;
    let mut users: Vec<_> = users.iter().map(UserShape::from).collect();
    let shown = usize::try_from(page.limit)?;
    let more = users.len() > shown;
    users.truncate(shown);
    let next = users.last().filter(|_| more).map(|last| last.id.clone());
    let mut text = listed(&users);
    if let Some(next) = &next {
        text += &format!("\n\nThere are more: authctl user list --after {next}");
    }
    Answer::new(&Users { users, next }, text)
}

/// Shows an account.
///
/// # Errors
/// When there is no such account, or the store fails.
pub async fn show(open: &OpenAccounts, name: &Name) -> anyhow::Result<Answer> {
    let user = UserShape::from(&find(&*open.accounts.users, name).await?);
    let text = user.details();
    Answer::new(&OneUser { user }, text)
}
