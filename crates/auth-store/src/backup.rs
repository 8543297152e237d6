//! Copies of a SQLite file, made while servers go on with it.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use auth_core::StoreError;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};

use crate::database::sqlite::{connect, private_file};
use crate::database::{failed, fault};

/// How long to wait for others that write.
const PATIENCE: Duration = Duration::from_secs(60);

/// Copies a SQLite file as it is at one moment; whoever writes to it goes on meanwhile. The copy
/// is for its owner alone, and on disk when this returns.
///
/// # Errors
/// When one of them can't be opened, there is a file already, or the copy is not sound.
pub async fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let (from, to) = (from.to_owned(), to.to_owned());
    let copied = tokio::task::spawn_blocking(move || copy_now(&from, &to)).await;
    copied.map_err(failed)?
}

fn copy_now(from: &Path, to: &Path) -> Result<(), StoreError> {
    // An empty file of ours: SQLite would make one that others can read.
    let made = private_file().create_new(true).open(to).map_err(failed)?;
    let name = to.to_str();
    let name = name.ok_or_else(|| failed("the path of the copy is not UTF-8"))?;
    let mut conn = connect(from, PATIENCE)?;
    let copied = sql_query("VACUUM INTO ?").bind::<Text, _>(name);
    copied.execute(&mut conn).map_err(fault)?;
    made.sync_all().map_err(failed)?;
    if let Some(folder) = to.parent() {
        File::open(folder)
            .and_then(|it| it.sync_all())
            .map_err(failed)?;
    }
    check_now(to)
}

/// Whether a SQLite file that nobody works with is sound.
///
/// # Errors
/// When it can't be read, or is not.
pub async fn check(file: &Path) -> Result<(), StoreError> {
    let file = file.to_owned();
    let checked = tokio::task::spawn_blocking(move || check_now(&file)).await;
    checked.map_err(failed)?
}

#[derive(QueryableByName)]
struct Verdict {
    #[diesel(sql_type = Text)]
    quick_check: String,
}

fn check_now(file: &Path) -> Result<(), StoreError> {
    use diesel::Connection as _;
    // Read-only, so that no log is left beside it.
    let name = file.to_str();
    let name = name.ok_or_else(|| failed("the path of the file is not UTF-8"))?;
    let name = format!("file:{}?mode=ro", escaped(name));
    let mut conn = diesel::SqliteConnection::establish(&name).map_err(failed)?;
    let verdict: Verdict = sql_query("PRAGMA quick_check(1)")
        .get_result(&mut conn)
        .map_err(failed)?;
    match verdict.quick_check.as_str() {
        "ok" => Ok(()),
        other => Err(failed(format!("{} is damaged: {other}", file.display()))),
    }
}

/// A path as a URI of SQLite has it.
fn escaped(path: &str) -> String {
    let path = path.replace('%', "%25");
    path.replace('?', "%3f").replace('#', "%23")
}
