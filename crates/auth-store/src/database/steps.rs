//! Steps that several transactions share.
//!
//! PostgreSQL undoes one of two transactions that wait for each other. They don't when all
//! of them take what they change in the same order: names, users, the last admin, mails, tokens,
//! identities, factors, API keys, sessions, denials.

use std::collections::BTreeSet;

use auth_core::token::TokenKey;
use auth_core::{Authority, Event, EventKind, MailKind, Purpose, Role, Timestamp};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::audit::{AuditRow, lines};
use super::identities::IdentityRow;
use super::prepared::Prepared;
use super::rows::{EffectRows, NewMailRow, SessionRow};
use super::run::{Dialect as _, optional};
use super::sign_ups::is_over;
use super::sqlite::SqliteConn;
use crate::schema::{
    api_keys, audit_events, denials, factor_states, factors, identities, outbox, recovery_codes,
    sessions, sign_ups, tokens, users,
};

/// What comes of a change of a user.
pub(super) struct Consequences {
    /// Links for these purposes are withdrawn.
    pub(super) withdrawn: &'static [Purpose],
    /// All identities are unlinked.
    pub(super) forget_identities: bool,
    /// The API keys that the user has made are revoked.
    pub(super) forget_api_keys: bool,
    /// What is kept with it.
    pub(super) effects: EffectRows,
}

/// What happens inside transactions, on either connection.
pub(super) trait Steps {
    /// Holds the names and addresses that an account has and those that it is to get, so
    /// that others who want one of them wait here, and in the same order.
    async fn hold_names(&mut self, user: &str, wanted: &[String]) -> QueryResult<()>;

    /// Keeps what a change brings along.
    async fn keep(&mut self, effects: &EffectRows) -> QueryResult<()>;

    /// Queues mails, each cause once.
    async fn queue(&mut self, mails: &[NewMailRow]) -> QueryResult<()>;

    /// Adds lines to the audit trail, each id once.
    async fn record(&mut self, lines: &[AuditRow]) -> QueryResult<()>;

    /// Whether the sign-in stands that a change of a user rests on. Until the transaction
    /// ends, nobody revokes a session of the user or changes the user's credentials.
    async fn stands(&mut self, user: &str, by: Option<Authority>) -> QueryResult<bool>;

    /// Deletes a token; `false` when there is none.
    async fn spend_token(&mut self, token: TokenKey) -> QueryResult<bool>;

    /// Whether a sign-up that still waits holds a username of this key or of this skeleton.
    /// Until the transaction ends, nobody else can take the name; a sign-up that is over
    /// loses it.
    async fn is_name_held(
        &mut self,
        username_key: &str,
        skeleton: &str,
        now: Timestamp,
    ) -> QueryResult<bool>;

    /// Whether some account has a username of this key or of this skeleton.
    async fn is_taken(&mut self, username_key: &str, skeleton: &str) -> QueryResult<bool>;

    /// Makes what comes of a change of a user.
    async fn follow(&mut self, user: &str, all: &Consequences) -> QueryResult<()>;

    /// Whether an account is the last enabled admin. Until the transaction ends, nobody else
    /// ceases to be one.
    async fn is_last_admin(&mut self, user: &str) -> QueryResult<bool>;

    /// Deletes the API keys that users have made.
    async fn forget_api_keys(&mut self, users: &[String]) -> QueryResult<()>;

    /// Deletes the identities, the tokens, the pending mail and the API keys of users.
    async fn forget(&mut self, users: &[String]) -> QueryResult<()>;

    /// Deletes the second factors of a user whose time to go has come, and tells so; `false`
    /// where none has.
    async fn forget_lost_factors(&mut self, user: &str, now: i64) -> QueryResult<bool>;

    /// Deletes the second factors and recovery codes of users.
    async fn forget_factors(&mut self, users: &[String]) -> QueryResult<()>;

    /// Replaces a user's recovery codes by those with these hashes.
    async fn replace_codes(&mut self, user: &str, hashes: &[String]) -> QueryResult<()>;

    /// Whether there is such an account. Until the transaction ends, nobody deletes it.
    async fn stands_at_all(&mut self, user: &str) -> QueryResult<bool>;

    /// Withdraws links for these purposes that a user asked for, handed out or still to be
    /// mailed.
    async fn withdraw(&mut self, user: &str, purposes: &[Purpose]) -> QueryResult<()>;

    /// Keeps an identity; `false` when some account has it.
    async fn add_identity(&mut self, identity: &IdentityRow) -> QueryResult<bool>;

    /// Denies deleted sessions whose access tokens are still valid.
    async fn deny(&mut self, ended: &[SessionRow], now: Timestamp) -> QueryResult<()>;
}

macro_rules! steps_on {
    ($conn:ty) => {
        impl Steps for $conn {
            async fn hold_names(&mut self, user: &str, wanted: &[String]) -> QueryResult<()> {
                let present = users::table
                    .find(user)
                    .select((users::username_key, users::email_key))
                    .get_result::<(String, String)>(self);
                let present = optional(present).await?;
                let present = present.into_iter().flat_map(|(name, email)| [name, email]);
                let names: BTreeSet<_> = present.chain(wanted.iter().cloned()).collect();
                for name in names {
                    self.serialize(&name).await?;
                }
                Ok(())
            }

            async fn keep(&mut self, effects: &EffectRows) -> QueryResult<()> {
                self.queue(&effects.mail).await?;
                self.record(&effects.records).await
            }

            async fn record(&mut self, lines: &[AuditRow]) -> QueryResult<()> {
                for line in lines {
                    diesel::insert_into(audit_events::table)
                        .values(line)
                        .on_conflict_do_nothing()
                        .execute(self)
                        .await?;
                }
                Ok(())
            }

            async fn queue(&mut self, mails: &[NewMailRow]) -> QueryResult<()> {
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
                        .filter(sessions::credentials_version.eq(by.credentials_version))
                        .filter(sessions::expires_at.gt(by.at.as_millis()));
                    if !diesel::select(exists(live)).get_result(self).await? {
                        return Ok(false);
                    }
                }
                let account = users::table
                    .find(user)
                    .filter(users::credentials_version.eq(by.credentials_version))
                    .filter(not(users::disabled));
                let hold = diesel::update(account)
                    .set(users::credentials_version.eq(users::credentials_version));
                Ok(Prepared(hold).execute(self).await? > 0)
            }

            async fn spend_token(&mut self, token: TokenKey) -> QueryResult<bool> {
                let token = tokens::table
                    .filter(tokens::hash.eq(token.hash.to_text()))
                    .filter(tokens::purpose.eq(token.purpose.as_str()));
                Ok(diesel::delete(token).execute(self).await? > 0)
            }

            async fn is_name_held(
                &mut self,
                username_key: &str,
                skeleton: &str,
                now: Timestamp,
            ) -> QueryResult<bool> {
                self.serialize(&format!("username:{skeleton}")).await?;
                let same = sign_ups::username_key.eq(username_key);
                let alike = sign_ups::username_skeleton.eq(skeleton);
                let holder = sign_ups::table.filter(same.or(alike));
                let over = holder.filter(is_over(now.as_millis()));
                diesel::delete(over).execute(self).await?;
                diesel::select(exists(holder)).get_result(self).await
            }

            async fn is_taken(&mut self, username_key: &str, skeleton: &str) -> QueryResult<bool> {
                let alike = users::table
                    .filter(users::username_key.eq(username_key))
                    .or_filter(users::username_skeleton.eq(skeleton));
                diesel::select(exists(alike)).get_result(self).await
            }

            async fn follow(&mut self, user: &str, all: &Consequences) -> QueryResult<()> {
                if !all.withdrawn.is_empty() {
                    self.withdraw(user, all.withdrawn).await?;
                }
                if all.forget_identities {
                    let theirs = identities::table.filter(identities::user_id.eq(user));
                    diesel::delete(theirs).execute(self).await?;
                }
                self.keep(&all.effects).await?;
                if all.forget_api_keys {
                    self.forget_api_keys(&[user.to_owned()]).await?;
                }
                Ok(())
            }

            async fn is_last_admin(&mut self, user: &str) -> QueryResult<bool> {
                // First the account, so that it becomes none meanwhile.
                if !self.stands_at_all(user).await? {
                    return Ok(false);
                }
                let admins = users::table
                    .filter(users::role.eq(Role::Admin.as_str()))
                    .filter(not(users::disabled));
                let this_one = admins.filter(users::id.eq(user));
                if !diesel::select(exists(this_one)).get_result(self).await? {
                    return Ok(false);
                }
                self.serialize("admins").await?;
                let others = admins.filter(users::id.ne(user));
                diesel::select(not(exists(others))).get_result(self).await
            }

            async fn forget_api_keys(&mut self, users: &[String]) -> QueryResult<()> {
                let keys = api_keys::table.filter(api_keys::maker_id.eq_any(users));
                diesel::delete(keys).execute(self).await?;
                Ok(())
            }

            async fn forget(&mut self, users: &[String]) -> QueryResult<()> {
                if users.is_empty() {
                    return Ok(());
                }
                let mails = outbox::table.filter(outbox::user_id.eq_any(users));
                diesel::delete(mails).execute(self).await?;
                let tokens = tokens::table.filter(tokens::user_id.eq_any(users));
                diesel::delete(tokens).execute(self).await?;
                let identities = identities::table.filter(identities::user_id.eq_any(users));
                diesel::delete(identities).execute(self).await?;
                self.forget_factors(users).await?;
                let states = factor_states::table.filter(factor_states::user_id.eq_any(users));
                diesel::delete(states).execute(self).await?;
                self.forget_api_keys(users).await?;
                Ok(())
            }

            async fn forget_lost_factors(&mut self, user: &str, now: i64) -> QueryResult<bool> {
                let due = factor_states::table
                    .find(user)
                    .filter(factor_states::reset_at.le(now).assume_not_null());
                let done = diesel::update(due).set((
                    factor_states::reset_at.eq(None::<i64>),
                    factor_states::changed_at.eq(factor_states::reset_at),
                ));
                if done.execute(self).await? == 0 {
                    return Ok(false);
                }
                self.forget_factors(&[user.to_owned()]).await?;
                let event = Event::from(EventKind::FactorsReset);
                let event = user.parse().map(|id| event.of(id));
                self.record(&lines(event.ok().and_then(|event| event.record())))
                    .await?;
                Ok(true)
            }

            async fn forget_factors(&mut self, users: &[String]) -> QueryResult<()> {
                let factors = factors::table.filter(factors::user_id.eq_any(users));
                diesel::delete(factors).execute(self).await?;
                let codes = recovery_codes::table.filter(recovery_codes::user_id.eq_any(users));
                diesel::delete(codes).execute(self).await?;
                Ok(())
            }

            async fn replace_codes(&mut self, user: &str, hashes: &[String]) -> QueryResult<()> {
                let codes = recovery_codes::table.filter(recovery_codes::user_id.eq(user));
                diesel::delete(codes).execute(self).await?;
                for hash in hashes {
                    diesel::insert_into(recovery_codes::table)
                        .values((
                            recovery_codes::user_id.eq(user),
                            recovery_codes::hash.eq(hash),
                        ))
                        .execute(self)
                        .await?;
                }
                Ok(())
            }

            async fn stands_at_all(&mut self, user: &str) -> QueryResult<bool> {
                let hold = diesel::update(users::table.find(user))
                    .set(users::credentials_version.eq(users::credentials_version));
                Ok(Prepared(hold).execute(self).await? > 0)
            }

            async fn withdraw(&mut self, user: &str, purposes: &[Purpose]) -> QueryResult<()> {
                // First the mails: whoever is making a token for one is waited for.
                let mails = outbox::table
                    .filter(outbox::user_id.eq(user))
                    .filter(outbox::kind.eq(MailKind::ChangeEmail.as_str()));
                diesel::delete(mails).execute(self).await?;
                let purposes = purposes.iter().map(|purpose| purpose.as_str());
                let tokens = tokens::table
                    .filter(tokens::user_id.eq(user))
                    .filter(tokens::purpose.eq_any(purposes));
                diesel::delete(tokens).execute(self).await?;
                Ok(())
            }

            async fn add_identity(&mut self, identity: &IdentityRow) -> QueryResult<bool> {
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
#[cfg(feature = "postgres")]
steps_on!(diesel_async::AsyncPgConnection);
