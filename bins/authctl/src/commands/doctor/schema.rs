//! Whether the schema fits this version.

use auth_server::{Settings, database_url};
use auth_store::migrate;

use super::finding::Finding;

const CHECK: &str = "schema";

/// Looks at the database, and makes none.
pub async fn look(settings: &Settings) -> Vec<Finding> {
    let file = database_url(settings).ok();
    let file = file.as_ref().and_then(|url| url.sqlite_file());
    if let Some(file) = file.filter(|file| !file.exists()) {
        let found = format!("there is no {} yet", file.display());
        let remedy = "run `authctl db migrate`, or let a server make it; if there should be one, \
                      correct --data-dir or --database-url";
        return vec![Finding::problem(CHECK, found, remedy)];
    }
    match versions(settings).await {
        Ok((pending, newer)) => vec![judge(&pending, &newer)],
        Err(error) => {
            let remedy = "see that the database runs, that --database-url names it, and that its \
                          user may use it";
            let found = format!("{error:#}");
            vec![Finding::problem(CHECK, found.trim_end_matches('.'), remedy)]
        }
    }
}

async fn versions(settings: &Settings) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let url = database_url(settings)?;
    Ok((migrate::pending(&url).await?, migrate::newer(&url).await?))
}

fn judge(pending: &[String], newer: &[String]) -> Finding {
    if !pending.is_empty() {
        let found = format!("it lacks the migrations {}", pending.join(", "));
        return Finding::problem(CHECK, found, "run `authctl db migrate`");
    }
    if !newer.is_empty() {
        let found = format!("a newer version has applied {}", newer.join(", "));
        return Finding::warning(CHECK, found, "bring this version up to date too");
    }
    Finding::ok(CHECK, "it is that of this version")
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn what_is_missing_matters_more_than_what_is_new() {
        let some = ["0099".to_owned()];
        assert_eq!(judge(&[], &[]).level, Level::Ok);
        assert_eq!(judge(&[], &some).level, Level::Warning);
        assert_eq!(judge(&some, &some).level, Level::Problem);
    }
}
