//! The description of the API, where nobody is to see it.

use anyhow::{Result, ensure};
use auth_testkit::process::ServerProcess;

use crate::deployment::Deployment;
use crate::on;

on! {
    docs_that_are_off_are_not_found: session_on_sqlite, jwt_on_sqlite;
}

async fn docs_that_are_off_are_not_found(on: Deployment) -> Result<()> {
    let server = ServerProcess::start(on.launch().flag("--docs", "off")).await?;
    let client = server.client().await?;
    for path in ["^/docs", "^/docs/", "^/docs/index.html", "^/openapi.json"] {
        client.get(path).await?.refused(404, "not_found")?;
    }
    let page = client.get("^/").await?.ok()?;
    ensure!(!page.text().contains("/docs"), "a page leads there: {page}");
    Ok(())
}
