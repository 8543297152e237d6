//! Which rows a step of a purge deletes.

/// Deletes what is over from a table, in [steps](crate::purge::in_steps) of one transaction each,
/// and gives the number of rows: `purge!(database, table by key: type, column, what is over)`.
/// The column says when a row is over, and has an index, in which a step finds the oldest.
///
/// A power cut may bring the last steps back; the next purge makes them again.
macro_rules! purge {
    ($database:expr, $table:ident by $key:ident: $type:ty, $time:ident, $over:expr) => {
        $crate::purge::in_steps(|most| async move {
            $crate::database::run::transaction!($database, Relaxed, |conn| {
                // Servers take turns: they would find the same rows.
                conn.serialize("purge").await?;
                let began = std::time::Instant::now();
                let oldest = $table::table
                    .filter($over)
                    .order($table::$time)
                    .limit(most as i64)
                    .select($table::$key);
                let found: Vec<$type> = oldest.load(conn).await?;
                // What has changed since it was found is looked at once more.
                let over = $table::table.filter($table::$key.eq_any(&found));
                let deleted = diesel::delete(over.filter($over)).execute(conn).await?;
                Ok($crate::purge::Step::since(began, found.len(), deleted))
            })
        })
        .await
    };
}

pub(super) use purge;
