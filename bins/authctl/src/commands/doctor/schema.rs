//! Whether the schema fits this version.

use auth_server::{Settings, database_url};
use auth_store::migrate;

use super::super::stores::existing_database;
use super::finding::Finding;

const CHECK: &str = "schema";

/// Looks at the database, and makes none.
pub async fn look(settings: &Settings) -> Vec<Finding> {
    match versions(settings).await {
        Ok((pending, newer)) => vec![judge(&pending, &newer)],
        Err(error) => {
            let name = database_url(settings).map_or_else(|_| String::new(), |url| url.to_string());
            let remedy = format!("see that {name} runs, and that --database-url names it");
            vec![Finding::problem(CHECK, format!("{error:#}"), remedy)]
        }
    }
}

async fn versions(settings: &Settings) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let url = existing_database(settings)?;
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
