//! A SQLite file that another process keeps to itself.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use diesel::SqliteConnection;
use diesel::connection::{Connection as _, SimpleConnection as _};

use crate::deployment::Deployment;
use crate::on;

on! {
    a_file_locked_for_too_long_is_a_503_until_it_is_free: session_on_sqlite, jwt_on_sqlite;
}

async fn a_file_locked_for_too_long_is_a_503_until_it_is_free(on: Deployment) -> Result<()> {
    let server = on.start().await;
    let ada = on.target(&server).signed_up("ada").await?;
    let (client, person) = (&ada.client, &ada.person);
    on.mail_is_done().await;

    let lock = lock(&on.sqlite_file(), Duration::from_secs(30))?;
    let (login, forgot, read) = tokio::join!(
        client.login(&person.username, &person.password),
        client.forgot(&person.email),
        client.profile(),
    );
    login?.refused(503, "unavailable")?;
    forgot?.refused(503, "unavailable")?;
    read?.ok()?;

    drop(lock);
    client
        .login(&person.username, &person.password)
        .await?
        .ok()?;
    client.forgot(&person.email).await?.is(202)?;
    on.mail_is_done().await;
    assert_eq!(on.mails_to(&person.email).await.len(), 2);
    Ok(())
}

/// Keeps everybody else from writing to a file. Fails when somebody writes for as long as given.
pub fn lock(file: &Path, patience: Duration) -> Result<SqliteConnection> {
    let mut connection = SqliteConnection::establish(&file.to_string_lossy())?;
    let patience = patience.as_millis();
    connection.batch_execute(&format!(
        "PRAGMA busy_timeout = {patience}; BEGIN IMMEDIATE"
    ))?;
    Ok(connection)
}
