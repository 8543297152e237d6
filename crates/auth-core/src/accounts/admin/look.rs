//! Looking at accounts, which is told too: whose data somebody has seen is for the record.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Actor, Admin};
use crate::email::Email;
use crate::error::AuthError;
use crate::events::{AdminAction, Looked};
use crate::id::UserId;
use crate::role::Role;
use crate::text::trimmed;
use crate::user::{SearchBy, User, UserSearch};
use crate::username::Username;

/// Whom somebody looks for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// How the username or the address begins; nothing finds everybody.
    pub text: String,
    /// Only those that are, or are not, disabled.
    pub disabled: Option<bool>,
    /// Only those with this role.
    pub role: Option<Role>,
}

/// Where a search goes on. Opaque to whoever gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    by: SearchBy,
    key: String,
}

/// A part of what a search finds.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Accounts. They may be fewer than were asked for although there are more.
    pub users: Vec<User>,
    /// Where to go on; nothing where this was the last part.
    pub next: Option<Cursor>,
}

impl Admin {
    /// The account with this id, to look at some of its data.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], or a failing store.
    pub async fn look(&self, by: &Actor, id: UserId, at: Looked) -> Result<User, AuthError> {
        let user = self.account(id).await?;
        self.tell(by, AdminAction::Looked { at }, &user).await;
        Ok(user)
    }

    /// Tells that somebody looks at what concerns no account.
    pub async fn look_around(&self, by: &Actor, at: Looked) {
        self.tell_of_many(by, AdminAction::Looked { at }).await;
    }

    /// The account with this id, to do something with it.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], or a failing store.
    pub async fn account(&self, id: UserId) -> Result<User, AuthError> {
        let user = self.stores.users.find(id).await?;
        user.ok_or(AuthError::NotFound)
    }

    /// At most `limit` accounts whose username begins so, in the order of the usernames, and
    /// then those whose address does, in the order of the addresses.
    ///
    /// # Errors
    /// A failing store.
    pub async fn search(
        &self,
        by: &Actor,
        search: &Search,
        cursor: Option<Cursor>,
        limit: u32,
    ) -> Result<Found, AuthError> {
        let text = trimmed(&search.text);
        // No username has an @.
        let username = Username::meant(text).filter(|_| !text.contains('@'));
        let username = username.map(|name| name.key().to_owned());
        let (start, after) = match cursor {
            Some(cursor) => (cursor.by, Some(cursor.key)),
            None => (SearchBy::Username, None),
        };
        let mut found = Found::default();
        let of_email = match (&username, start) {
            (Some(prefix), SearchBy::Username) => {
                let page = self.page(SearchBy::Username, prefix, after, search, limit);
                found = page.await?;
                None
            }
            (_, SearchBy::Username) => None,
            (_, SearchBy::Email) => after,
        };
        let room = limit - u32::try_from(found.users.len()).unwrap_or(limit);
        if found.next.is_none() && !text.is_empty() {
            let begins = Email::from_stored(text.to_owned());
            let page = self.page(SearchBy::Email, begins.key(), of_email, search, room);
            let mut page = page.await?;
            // Those were found by their username.
            page.users.retain(|user| {
                let is_found = |prefix: &String| user.username.key().starts_with(prefix);
                !username.as_ref().is_some_and(is_found)
            });
            found.users.append(&mut page.users);
            found.next = page.next;
        }
        let at = Looked::Accounts;
        self.tell_of_many(by, AdminAction::Looked { at }).await;
        Ok(found)
    }

    /// At most `limit` accounts, found by one of their names; with none it says whether there
    /// are any.
    async fn page(
        &self,
        by: SearchBy,
        prefix: &str,
        after: Option<String>,
        search: &Search,
        limit: u32,
    ) -> Result<Found, AuthError> {
        let wanted = UserSearch {
            by,
            prefix: prefix.to_owned(),
            after: after.clone(),
            disabled: search.disabled,
            role: search.role,
            // One more than is shown tells whether there are more.
            limit: limit + 1,
        };
        let mut users = self.stores.users.search(&wanted).await?;
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = users.len() > shown;
        users.truncate(shown);
        let last = users.last().map(|user| match by {
            SearchBy::Username => user.username.key().to_owned(),
            SearchBy::Email => user.email.key().to_owned(),
        });
        let key = last.or(after).unwrap_or_default();
        let next = more.then_some(Cursor { by, key });
        Ok(Found { users, next })
    }

    /// Tells that all accounts are about to be handed out, with their password hashes. Whoever
    /// hands them out does so only afterwards, and tells how far it came with
    /// [`tell_exported`](Self::tell_exported): if the program is killed, this is still told.
    ///
    /// # Errors
    /// A failing store: then nothing may be handed out.
    pub async fn begin_export(&self, by: &Actor) -> Result<(), AuthError> {
        let (users, complete) = (0, false);
        let action = AdminAction::AccountsExported { users, complete };
        self.tell_in_advance(&Self::event_of_many(by, action)).await
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.by {
            SearchBy::Username => 'u',
            SearchBy::Email => 'e',
        };
        f.write_str(&URL_SAFE_NO_PAD.encode(format!("{kind}{}", self.key)))
    }
}

/// The text is no cursor of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of ours")]
pub struct NotACursor;

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotACursor)?;
        let text = String::from_utf8(bytes).map_err(|_| NotACursor)?;
        // Not every store can look up control characters, and no name has one.
        if text.contains(char::is_control) {
            return Err(NotACursor);
        }
        let by = |by, key: &str| {
            let key = key.to_owned();
            Self { by, key }
        };
        let username = text
            .strip_prefix('u')
            .map(|key| by(SearchBy::Username, key));
        let email = || text.strip_prefix('e').map(|key| by(SearchBy::Email, key));
        username.or_else(email).ok_or(NotACursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is_one() {
        for by in [SearchBy::Username, SearchBy::Email] {
            let key = "жук".to_owned();
            let cursor = Cursor { by, key };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        let zero = URL_SAFE_NO_PAD.encode("u\0");
        for text in ["", "u", "?", "eHg", zero.as_str()] {
            assert_eq!(text.parse::<Cursor>(), Err(NotACursor), "{text}");
        }
    }
}
