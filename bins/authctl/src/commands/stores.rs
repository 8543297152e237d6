//! The stores that the settings name.

use anyhow::Context as _;
use auth_core::accounts::admin::Admin;
use auth_server::{Settings, database_url};
use auth_store::{DatabaseUrl, migrate};

use crate::failure::Failure;

/// The database that the settings name, unless it is a SQLite file that is yet to be made:
/// whoever only looks at a database must not make one, least of all by a misspelt path.
///
/// # Errors
/// [`Failure::not_found`], or when the URL is malformed.
pub fn existing_database(settings: &Settings) -> anyhow::Result<DatabaseUrl> {
    let url = database_url(settings)?;
    match url.sqlite_file() {
        Some(file) if !file.exists() => {
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

/// The operator's flows over the stores. The schema has to be there already: whoever looks
/// at accounts does not expect that it changes the database.
///
/// # Errors
/// When a store can't be reached, or migrations are pending.
pub async fn open_admin(settings: &Settings) -> anyhow::Result<Admin> {
    check_schema(settings).await?;
    auth_server::admin(settings).await
}

/// The same with the keys that secrets of webhooks are encrypted under.
///
/// # Errors
/// As [`open_admin`], and when the keys can't be read.
pub async fn open_admin_with_keys(settings: &Settings) -> anyhow::Result<Admin> {
    check_schema(settings).await?;
    auth_server::admin_with_keys(settings).await
}

async fn check_schema(settings: &Settings) -> anyhow::Result<()> {
    let url = existing_database(settings)?;
    let pending = migrate::pending(&url).await;
    if !pending.with_context(|| unusable(&url))?.is_empty() {
        let message = format!("the database {url} lacks migrations: run `authctl db migrate`");
        return Err(Failure::failed("outdated_database", message).into());
    }
    Ok(())
}
