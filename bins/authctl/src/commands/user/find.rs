//! Finding the account that a command is about.

use auth_core::{Email, StoreError, User, UserId, UserStore, Username};

use super::Name;
use crate::failure::Failure;

/// The account with this username, address or id. No username can be mistaken for one of
/// the others: it holds no @ and is shorter than an id.
///
/// # Errors
/// [`Failure::not_found`], or a failing store.
pub async fn find(users: &dyn UserStore, Name { user: name }: &Name) -> anyhow::Result<User> {
    let found = if name.contains('@') {
        by_email(users, name).await?
    } else if let Ok(id) = name.parse::<UserId>() {
        users.find(id).await?
    } else {
        by_username(users, name).await?
    };
    Ok(found.ok_or_else(|| not_found(name))?)
}

/// There is no such account.
pub fn not_found(name: &str) -> Failure {
    Failure::not_found(format!("there is no user {name}: see `authctl user list`"))
}

/// What is no address is nobody's.
async fn by_email(users: &dyn UserStore, text: &str) -> Result<Option<User>, StoreError> {
    match Email::parse("user", text) {
        Ok(email) => users.find_by_email(&email).await,
        Err(_) => Ok(None),
    }
}

/// What is no username is nobody's.
async fn by_username(users: &dyn UserStore, text: &str) -> Result<Option<User>, StoreError> {
    match Username::meant(text) {
        Some(username) => users.find_by_username(&username).await,
        None => Ok(None),
    }
}
