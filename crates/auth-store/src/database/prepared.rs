//! Updates that are prepared once for each connection.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

/// An update whose text is the same each time. Diesel prepares every update anew, since its text
/// may hang on what is set; on PostgreSQL that is a round trip more.
pub(crate) struct Prepared<U>(pub(crate) U);

impl<DB: Backend, U: QueryFragment<DB>> QueryFragment<DB> for Prepared<U> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _backend: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

/// Known by its text.
impl<U> QueryId for Prepared<U> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<U: Query> Query for Prepared<U> {
    type SqlType = U::SqlType;
}
