//! Who brings the database up to date.

use anyhow::Result;
use auth_testkit::process::ServerProcess;
use diesel::SqliteConnection;
use diesel::connection::{Connection as _, SimpleConnection as _};

use crate::deployment::Deployment;
use crate::on;
use crate::startup::refuses;

on! {
    migrations_can_be_left_to_authctl: session_on_sqlite, jwt_on_services;
    a_server_says_that_a_newer_one_was_here: session_on_sqlite;
}

async fn migrations_can_be_left_to_authctl(on: Deployment) -> Result<()> {
    let launch = || {
        on.launch()
            .flag("--migrate", "off")
            .flag("--bind", "127.0.0.1:0")
    };
    refuses("`authctl db migrate`", launch()).await;
    assert!(!on.sqlite_file().exists());
    on.authctl(&["db", "migrate"]).await;
    let mut server = ServerProcess::start(launch()).await?;
    server.terminate().await?;

    on.authctl(&["db", "rollback", "--yes"]).await;
    refuses("--migrate off", launch()).await;
    let info = on.authctl(&["db", "info"]).await.output.out().join("\n");
    assert!(!info.contains("Pending      none"), "{info}");
    Ok(())
}

async fn a_server_says_that_a_newer_one_was_here(on: Deployment) -> Result<()> {
    let mut server = on.start().await;
    server.terminate().await?;
    let mut later = SqliteConnection::establish(&on.sqlite_file().to_string_lossy())?;
    later.batch_execute("INSERT INTO auth_schema_migrations (version) VALUES ('9999')")?;
    for migrate in ["on", "off"] {
        server.restart_with("--migrate", migrate).await?;
        let warned = |line: &str| line.contains("newer version") && line.contains("9999");
        server.output().line(warned).await?;
        on.target(&server)
            .signed_up(&format!("ada{migrate}"))
            .await?;
        server.terminate().await?;
    }
    Ok(())
}
