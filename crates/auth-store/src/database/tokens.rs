//! One-time tokens.

use async_trait::async_trait;
use auth_core::token::TokenKey;
use auth_core::{NewToken, Purpose, StoreError, Timestamp, Token, TokenStore};
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

use super::Database;
use super::fault::failed;
use super::prepared::Prepared;
use super::purge::purge;
use super::run::{Dialect as _, Rollback, optional, read, transaction};
use crate::schema::{outbox, sign_ups, tokens};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tokens)]
struct TokenRow {
    user_id: String,
    purpose: String,
    hash: String,
    data: String,
    expires_at: i64,
}

impl From<&NewToken> for TokenRow {
    fn from(token: &NewToken) -> Self {
        Self {
            user_id: token.user_id.to_string(),
            purpose: token.key.purpose.as_str().to_owned(),
            hash: token.key.hash.to_text(),
            data: token.data.clone(),
            expires_at: token.expires_at.as_millis(),
        }
    }
}

impl TryFrom<TokenRow> for Token {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> Result<Self, StoreError> {
        Ok(Self {
            user_id: row.user_id.parse().map_err(failed)?,
            data: row.data,
            expires_at: Timestamp::from_millis(row.expires_at),
        })
    }
}

/// The live token with this key.
#[diesel::dsl::auto_type]
fn live(key: &TokenKey, now: Timestamp) -> _ {
    let hash: String = key.hash.to_text();
    let purpose: &'static str = key.purpose.as_str();
    let now: i64 = now.as_millis();
    tokens::table
        .filter(tokens::hash.eq(hash))
        .filter(tokens::purpose.eq(purpose))
        .filter(tokens::expires_at.gt(now))
}

#[async_trait]
impl TokenStore for Database {
    async fn put(&self, token: &NewToken) -> Result<bool, StoreError> {
        let (row, mail) = (TokenRow::from(token), token.mail.clone());
        let is_sign_up = token.key.purpose == Purpose::SignUp;
        transaction!(self, Synced, |conn| {
            if let Some(mail) = &mail {
                // Holds the mail, so that withdrawing it finds the token as well.
                let mail = diesel::update(outbox::table.find(mail));
                let hold = mail.set(outbox::attempts.eq(outbox::attempts));
                if Prepared(hold).execute(conn).await? == 0 {
                    return Err(Rollback::Answer(false));
                }
            }
            if is_sign_up {
                // A sign-up waits for as long as its link works.
                let sign_up = diesel::update(sign_ups::table.find(&row.user_id));
                let expires_at = row.expires_at.into_sql::<BigInt>();
                let until = case_when(sign_ups::expires_at.lt(expires_at), expires_at);
                let prolong =
                    sign_up.set(sign_ups::expires_at.eq(until.otherwise(sign_ups::expires_at)));
                if Prepared(prolong).execute(conn).await? == 0 {
                    return Err(Rollback::Answer(false));
                }
            }
            diesel::insert_into(tokens::table)
                .values(&row)
                .on_conflict((tokens::user_id, tokens::purpose))
                .do_update()
                .set(&row)
                .execute(conn)
                .await?;
            Ok(true)
        })
    }

    async fn find(&self, key: &TokenKey, now: Timestamp) -> Result<Option<Token>, StoreError> {
        let live = live(key, now);
        let row = read!(self, |conn| {
            optional(live.select(TokenRow::as_select()).get_result(conn))
        })?;
        row.map(Token::try_from).transpose()
    }

    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        let over = tokens::expires_at.le(now.as_millis());
        purge!(self, tokens by hash: String, expires_at, over)
    }
}
