//! Looking at accounts.

use auth_server::settings::SessionStoreUrl;
use serde::Serialize;

use super::shape::{self, IdentityShape, SessionShape, UserShape, listed};
use super::{Desk, Name, Page};
use crate::answer::Answer;

#[derive(Serialize)]
struct Users {
    users: Vec<UserShape>,
    /// What to give as `--after` for the next part; absent when this is the last one.
    next: Option<String>,
}

#[derive(Serialize)]
struct Details {
    user: UserShape,
    /// Absent where they are kept in the memory of servers.
    sessions: Option<Vec<SessionShape>>,
    identities: Vec<IdentityShape>,
}

/// Lists accounts.
///
/// # Errors
/// When the store fails.
pub async fn list(desk: &Desk<'_>, page: &Page) -> anyhow::Result<Answer> {
    // One more than is shown tells whether there are more.
    let users = desk.admin.list(page.after, page.limit + 1).await?;
    let mut users: Vec<_> = users.iter().map(UserShape::from).collect();
    let shown = usize::try_from(page.limit)?;
    let more = users.len() > shown;
    users.truncate(shown);
    let next = users.last().filter(|_| more).map(|last| last.id.clone());
    let mut text = listed(&users);
    if let Some(next) = &next {
        text += &format!("\n\nThere are more: authctl user list --after {next}, or --all");
    }
    Answer::new(&Users { users, next }, text)
}

/// Shows an account with its devices and identities.
///
/// # Errors
/// When there is no such account, or a store fails.
pub async fn show(desk: &Desk<'_>, name: &Name) -> anyhow::Result<Answer> {
    let user = desk.admin.find(&name.user).await?;
    let sessions = match desk.session_store()? {
        SessionStoreUrl::Memory => None,
        _ => Some(desk.admin.devices(&user).await?),
    };
    let identities = desk.admin.identities(&user).await?;
    let details = Details {
        user: UserShape::from(&user),
        sessions: sessions.map(|all| all.iter().map(SessionShape::from).collect()),
        identities: identities.iter().map(IdentityShape::from).collect(),
    };
    Answer::new(&details, details.text())
}

impl Details {
    fn text(&self) -> String {
        let mut parts = vec![self.user.details()];
        match self.sessions.as_deref() {
            None => parts.push("Devices are in the memory of servers, out of reach.".into()),
            Some([]) => {}
            Some(sessions) => parts.push(shape::devices(sessions)),
        }
        if !self.identities.is_empty() {
            parts.push(shape::identities(&self.identities));
        }
        parts.join("\n\n")
    }
}
