//! Searching accounts by what their names begin with.

use auth_core::user::{SearchBy, UserSearch};
use auth_core::{Role, StoreError, User};
use diesel::backend::Backend;
use diesel::expression::ValidGrouping;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;

use super::Database;
use super::rows::UserRow;
use super::run::read;
use crate::schema::users;

/// Sorts behind every text that begins with the same and goes on: no name holds it, since it is
/// no character (Unicode, 23.7).
const LAST: char = '\u{10FFFF}';

/// A column in the order of its bytes, on PostgreSQL whatever the collation of the database is.
#[derive(Clone, Copy, Debug, QueryId, ValidGrouping)]
struct Bytewise<C>(C);

impl<C> Expression for Bytewise<C> {
    type SqlType = Text;
}

impl<C, S> AppearsOnTable<S> for Bytewise<C> where C: AppearsOnTable<S> {}

impl<C, S> SelectableExpression<S> for Bytewise<C> where C: SelectableExpression<S> {}

/// How a database calls the order of bytes.
trait ByteOrder: Backend {
    const COLLATE: &'static str;
}

impl ByteOrder for diesel::sqlite::Sqlite {
    const COLLATE: &'static str = " COLLATE BINARY";
}

#[cfg(feature = "postgres")]
impl ByteOrder for diesel::pg::Pg {
    const COLLATE: &'static str = " COLLATE \"C\"";
}

impl<C: QueryFragment<DB>, DB: ByteOrder> QueryFragment<DB> for Bytewise<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(DB::COLLATE);
        Ok(())
    }
}

/// The accounts whose key begins as it should, in its order. Each filter has an index that begins
/// with its column and goes on with the key.
macro_rules! found_by {
    ($database:expr, $search:expr, $column:expr) => {{
        let UserSearch {
            prefix,
            after,
            disabled,
            role,
            limit,
            ..
        } = $search;
        let key = Bytewise($column);
        let end = format!("{prefix}{LAST}");
        // One bound alone, for a database looks for one of two in its index, and passes over what
        // is before the other row by row.
        let behind = after.as_ref().filter(|after| *after >= prefix);
        let role = role.map(Role::as_str);
        let rows: Vec<UserRow> = read!($database, |conn| {
            let mut query = users::table.filter(key.lt(&end)).into_boxed();
            query = match behind {
                Some(after) => query.filter(key.gt(after)),
                None => query.filter(key.ge(prefix)),
            };
            if let Some(role) = role {
                query = query.filter(users::role.eq(role));
            }
            if let Some(disabled) = disabled {
                query = query.filter(users::disabled.eq(disabled));
            }
            query
                .order(key)
                .limit((*limit).into())
                .select(UserRow::as_select())
                .load(conn)
        })?;
        rows.into_iter().map(User::try_from).collect()
    }};
}

impl Database {
    /// Accounts that are searched for.
    pub(super) async fn search_users(&self, search: &UserSearch) -> Result<Vec<User>, StoreError> {
        match search.by {
            SearchBy::Username => found_by!(self, search, users::username_key),
            SearchBy::Email => found_by!(self, search, users::email_key),
        }
    }
}
