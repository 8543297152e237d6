//! Steps that several transactions share.

use auth_core::token::TokenKey;
use auth_core::{Authority, MailKind, Purpose, Timestamp};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::identities::IdentityRow;
use super::rows::{NewMailRow, SessionRow};
use super::run::{Dialect as _, optional};
use super::sqlite::SqliteConn;
use crate::schema::{denials, identities, outbox, sessions, tokens, users};

/// What happens inside transactions, on either connection.
pub(super) trait Steps {
    /// Queues mails, each cause once.
    async fn queue(&mut self, mails: Vec<NewMailRow>) -> QueryResult<()>;

    /// Whether the sign-in stands that a change of a user rests on. Until the transaction
    /// ends, nobody revokes a session of the user or changes the user's credentials.
    async fn stands(&mut self, user: &str, by: Option<Authority>) -> QueryResult<bool>;

    /// Deletes a token; `false` when there is none.
    async fn spend_token(&mut self, token: TokenKey) -> QueryResult<bool>;

    /// Deletes the account that has an address without having confirmed it, if any. Until
    /// the transaction ends, nobody else can do so and take the address.
    async fn delete_unverified(&mut self, email_key: &str) -> QueryResult<Option<String>>;

    /// Deletes the identities, the tokens and the pending mail of users.
    async fn forget(&mut self, users: &[String]) -> QueryResult<()>;

    /// Withdraws what a user asked for under credentials that are no longer in force:
    /// links that change the password or the address, handed out or still to be mailed.
    async fn withdraw(&mut self, user: &str) -> QueryResult<()>;

    /// Keeps an identity; `false` when some account has it.
    async fn add_identity(&mut self, identity: IdentityRow) -> QueryResult<bool>;

    /// Denies deleted sessions whose access tokens are still valid.
    async fn deny(&mut self, ended: &[SessionRow], now: Timestamp) -> QueryResult<()>;
}

macro_rules! steps_on {
    ($conn:ty) => {
        impl Steps for $conn {
            async fn queue(&mut self, mails: Vec<NewMailRow>) -> QueryResult<()> {
                for mail in mails {
                    diesel::insert_into(outbox::table)
                        .values(mail)
                        .on_conflict(outbox::cause)
                        .do_nothing()
                        .execute(self)
                        .await?;
                }
                Ok(())
            }

            async fn stands(&mut self, user: &str, by: Option<Authority>) -> QueryResult<bool> {
                let Some(by) = by else { return Ok(true) };
                if let Some(id) = by.session {
                    self.serialize(user).await?;
                    let live = sessions::table
                        .find(id.to_string())
                        .filter(sessions::user_id.eq(user))
                        .filter(sessions::generation.eq(by.generation))
                        .filter(sessions::expires_at.gt(by.at.as_millis()));
                    if !diesel::select(exists(live)).get_result(self).await? {
                        return Ok(false);
                    }
                }
                let account = users::table
                    .find(user)
                    .filter(users::generation.eq(by.generation))
                    .filter(not(users::disabled));
                let hold = diesel::update(account).set(users::generation.eq(users::generation));
                Ok(hold.execute(self).await? > 0)
            }

            async fn spend_token(&mut self, token: TokenKey) -> QueryResult<bool> {
                let token = tokens::table
                    .filter(tokens::hash.eq(token.hash.to_text()))
                    .filter(tokens::purpose.eq(token.purpose.as_str()));
                Ok(diesel::delete(token).execute(self).await? > 0)
            }

            async fn delete_unverified(&mut self, email_key: &str) -> QueryResult<Option<String>> {
                self.serialize(email_key).await?;
                let unverified = users::table
                    .filter(users::email_key.eq(email_key))
                    .filter(not(users::email_verified));
                let delete = diesel::delete(unverified).returning(users::id);
                let deleted = optional(delete.get_result(self)).await?;
                self.forget(deleted.as_slice()).await?;
                Ok(deleted)
            }

            async fn forget(&mut self, users: &[String]) -> QueryResult<()> {
                if users.is_empty() {
                    return Ok(());
                }
                let tokens = tokens::table.filter(tokens::user_id.eq_any(users));
                diesel::delete(tokens).execute(self).await?;
                let mails = outbox::table.filter(outbox::user_id.eq_any(users));
                diesel::delete(mails).execute(self).await?;
                let identities = identities::table.filter(identities::user_id.eq_any(users));
                diesel::delete(identities).execute(self).await?;
                Ok(())
            }

            async fn withdraw(&mut self, user: &str) -> QueryResult<()> {
                // First the mails: whoever is making a token for one is waited for.
                let mails = outbox::table
                    .filter(outbox::user_id.eq(user))
                    .filter(outbox::kind.eq(MailKind::ChangeEmail.as_str()));
                diesel::delete(mails).execute(self).await?;
                let purposes = [Purpose::Reset, Purpose::ChangeEmail].map(Purpose::as_str);
                let tokens = tokens::table
                    .filter(tokens::user_id.eq(user))
                    .filter(tokens::purpose.eq_any(purposes));
                diesel::delete(tokens).execute(self).await?;
                Ok(())
            }

            async fn add_identity(&mut self, identity: IdentityRow) -> QueryResult<bool> {
                let added = diesel::insert_into(identities::table)
                    .values(identity)
                    .on_conflict((identities::issuer, identities::subject))
                    .do_nothing()
                    .execute(self)
                    .await?;
                Ok(added > 0)
            }

            async fn deny(&mut self, ended: &[SessionRow], now: Timestamp) -> QueryResult<()> {
                let valid = ended.iter().filter(|s| s.tokens_until > now.as_millis());
                for session in valid {
                    diesel::insert_into(denials::table)
                        .values((
                            denials::session_id.eq(&session.id),
                            denials::denied_until.eq(session.tokens_until),
                        ))
                        .on_conflict_do_nothing()
                        .execute(self)
                        .await?;
                }
                Ok(())
            }
        }
    };
}

steps_on!(SqliteConn);
steps_on!(AsyncPgConnection);
