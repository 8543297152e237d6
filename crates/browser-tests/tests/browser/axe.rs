//! What axe-core finds on a page.

use std::fs;
use std::sync::LazyLock;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::browser::Browser;
use crate::environment::{self, AXE};

static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let path = environment::value(AXE);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
});

/// Every violation, in one line each.
const RUN: &str = "
    return axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`)));
";

impl Browser {
    /// Expects that nothing on the page keeps people from using it.
    pub async fn is_accessible(&self, page: &str) -> Result<()> {
        if self.script("return typeof axe").await? == "undefined" {
            self.script(&SCRIPT).await?;
        }
        let violations = self.script(RUN).await?;
        ensure!(violations == json!([]), "{page}: {violations:#}");
        Ok(())
    }
}
