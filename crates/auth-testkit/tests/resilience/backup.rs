//! A backup that is made while servers write, and what comes back of it.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use auth_testkit::process::{Launch, Program, ServerProcess};
use tempfile::TempDir;

use crate::deployment::{Deployment, eventually};
use crate::on;

on! {
    everybody_is_back_with_a_backup: session_on_sqlite, jwt_on_sqlite;
    no_backup_is_made_or_restored_without_its_key: session_on_sqlite;
}

async fn everybody_is_back_with_a_backup(on: Deployment) -> Result<()> {
    // Of whatever address, both are one service.
    let launch = || on.launch().flag("--public-url", "http://localhost:4000");
    let server = ServerProcess::start(launch()).await?;
    let target = on.target(&server);
    let (ada, added) = target.with_app("ada").await?;
    let bob = target.signed_up("bob").await?;
    let folder = TempDir::new()?;
    let backup = folder.path().join("backup");
    let written = AtomicUsize::new(0);
    let writes = async {
        loop {
            let (name, password) = (&bob.person.username, &bob.person.password);
            let done = bob.client.login(name, password).await?.ok();
            done?;
            written.fetch_add(1, Ordering::Relaxed);
        }
    };
    let copies = async {
        eventually("writes", async || written.load(Ordering::Relaxed) > 3).await;
        on.authctl(&["backup", &backup.to_string_lossy()]).await;
        let before = written.load(Ordering::Relaxed);
        eventually("more writes", async || {
            written.load(Ordering::Relaxed) > before
        })
        .await;
    };
    tokio::select! {
        failed = writes => return failed,
        () = copies => {}
    }
    drop(server);

    let data = folder.path().join("data").display().to_string();
    let restore = ["restore", &backup.to_string_lossy(), "--json"];
    let restore = Launch::of(Program::Authctl).words(restore);
    let restore = restore.flag("--data-dir", &data);
    let restored = restore.run().await?;
    assert!(restored.status.success(), "{}", restored.output.tail());
    let server = ServerProcess::start(launch().flag("--data-dir", &data)).await?;
    let target = on.target(&server);
    let device = ada.client.at(&server.url()?);
    device.profile().await?.ok()?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let code = added.app.code().await?;
    waiting.end(&client, "totp", &code).await?.ok()?;
    Ok(())
}

async fn no_backup_is_made_or_restored_without_its_key(on: Deployment) -> Result<()> {
    let server = on.start().await;
    on.target(&server).with_app("ada").await?;
    let folder = TempDir::new()?;
    let backup = folder.path().join("backup");
    let shown = backup.to_string_lossy();
    let key = on.authctl(&["encryption", "new-key"]).await;
    let other = on.write("other.key", &key.output.out().concat())?;
    let other = ["--encryption-key-file", &*other.to_string_lossy()];
    let wrong = [&["backup", &*shown][..], &other].concat();
    let refused = on.authctl_ends(&wrong).await;
    assert_eq!(refused.status.code(), Some(1), "{}", refused.output.tail());

    // While the server writes, and into the folder that nothing is left in.
    on.authctl(&["backup", &shown]).await;
    std::fs::remove_file(backup.join("encryption.key"))?;
    let data = folder.path().join("data");
    let restore = Launch::of(Program::Authctl).words(["restore", &*shown]);
    let refused = restore.flag("--data-dir", data.display()).run().await?;
    let said = refused.output.err().concat();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("encryption.key is not there"), "{said}");
    assert!(!data.exists());
    Ok(())
}
