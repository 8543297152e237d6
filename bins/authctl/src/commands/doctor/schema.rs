//! Whether the schema fits this version.

use auth_core::StoreError;
use auth_server::{Settings, database_url};
use auth_store::migrate;

use super::finding::Finding;

const CHECK: &str = "schema";

/// Looks at the database, and makes none.
pub async fn look(settings: &Settings) -> Vec<Finding> {
    let url = database_url(settings).ok();
    let file = url.as_ref().and_then(|url| url.sqlite_file());
    if let Some(file) = file.filter(|file| !file.exists()) {
        let found = format!("there is no {} yet", file.display());
        let remedy = "run `authctl db migrate`, or let a server make it; if there should be one, \
                      correct --data-dir or --database-url";
        return vec![Finding::problem(CHECK, found, remedy)];
    }
    match versions(settings).await {
        Ok((pending, newer)) => vec![judge(&pending, &newer)],
        Err(error) => vec![away(&error, file.is_some())],
    }
}

/// What to say of a database that does not tell its schema.
fn away(error: &anyhow::Error, is_file: bool) -> Finding {
    let why = error.chain().skip_while(|cause| cause.is::<StoreError>());
    let why: Vec<_> = why.map(ToString::to_string).collect();
    let why = why.join(": ");
    let why = why.trim_end_matches('.');
    match error.downcast_ref::<StoreError>() {
        // The words of PostgreSQL (28P01), which say so in other languages where it is set up so.
        _ if why.contains("password authentication failed") => Finding::problem(
            CHECK,
            format!("the database refuses the password: {why}"),
            "correct the user and the password of --database-url or --database-url-file",
        ),
        Some(StoreError::Unavailable(_)) if !is_file => Finding::problem(
            CHECK,
            format!("the database can't be reached: {why}"),
            "see that it runs, that --database-url names it, and that this machine and its user may \
             use it",
        ),
        _ => Finding::problem(
            CHECK,
            format!("the database can't be used: {why}"),
            "see that --database-url names the right one, and that its user may use it",
        ),
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
    fn a_database_that_is_away_is_told_from_one_that_refuses() {
        let told = |error: StoreError| away(&error.into(), false);
        let refused = "db error: FATAL: password authentication failed for user \"me\"";
        let refused = told(StoreError::Unavailable(refused.into()));
        assert!(
            refused
                .found
                .starts_with("the database refuses the password: db error")
        );
        let lost = told(StoreError::Unavailable("connection refused".into()));
        assert_eq!(
            lost.found,
            "the database can't be reached: connection refused"
        );
        let file = StoreError::Unavailable("it is no database.".into());
        let unfit = away(&file.into(), true);
        assert_eq!(unfit.found, "the database can't be used: it is no database");
    }

    #[test]
    fn what_is_missing_matters_more_than_what_is_new() {
        let some = ["0099".to_owned()];
        assert_eq!(judge(&[], &[]).level, Level::Ok);
        assert_eq!(judge(&[], &some).level, Level::Warning);
        assert_eq!(judge(&some, &some).level, Level::Problem);
    }
}
