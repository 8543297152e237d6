//! The stores that the settings name.

use std::sync::Arc;

use anyhow::Context as _;
use auth_core::accounts::Stores;
use auth_core::session::Revoke;
use auth_core::{Clock as _, SessionStore, SystemClock, UserId};
use auth_server::{OpenStores, Settings, database_url};
use auth_store::{DatabaseKind, DatabaseUrl, migrate};

use crate::failure::Failure;

/// The database that the settings name, unless it is a SQLite file that is yet to be made:
/// whoever only looks at a database must not make one, least of all by a misspelt path.
///
/// # Errors
/// [`Failure::not_found`], or when the URL is malformed.
pub fn existing_database(settings: &Settings) -> anyhow::Result<DatabaseUrl> {
    let url = database_url(settings)?;
    match url.kind() {
        DatabaseKind::Sqlite(file) if !file.exists() => {
            let message = format!(
                "there is no database {url}: correct --data-dir or --database-url, \
                 or make it with `authctl db migrate`"
            );
            Err(Failure::not_found(message).into())
        }
        _ => Ok(url),
    }
}

/// What is to be said of a database that fails.
pub fn unusable(url: &DatabaseUrl) -> String {
    format!("the database {url} can't be used")
}

/// The stores of accounts and sessions, open.
pub struct OpenAccounts {
    /// Users, tokens and mail.
    pub accounts: Stores,
    sessions: Arc<dyn SessionStore>,
}

impl OpenAccounts {
    /// Opens them. The schema has to be there already: whoever looks at accounts does not
    /// expect that it changes the database.
    ///
    /// # Errors
    /// When a store can't be reached, or migrations are pending.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let url = existing_database(settings)?;
        let pending = migrate::pending(&url).await;
        if !pending.with_context(|| unusable(&url))?.is_empty() {
            let message = format!("the database {url} lacks migrations: run `authctl db migrate`");
            return Err(Failure::failed("outdated_database", message).into());
        }
        let OpenStores {
            accounts, shared, ..
        } = auth_server::open(settings).await?;
        Ok(Self {
            accounts,
            sessions: shared.sessions,
        })
    }

    /// Ends every session of a user; gives their number. Whoever also has to keep requests
    /// in flight from signing in again ends the user's generation first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_sessions(&self, user: UserId) -> anyhow::Result<u64> {
        let now = SystemClock.now();
        Ok(self.sessions.revoke(user, Revoke::All, now).await?)
    }
}
