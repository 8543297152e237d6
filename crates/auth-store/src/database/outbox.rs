//! The queue of mails.

use async_trait::async_trait;
use auth_core::mail::NewMail;
use auth_core::{Outbox, OutboxEntry, StoreError, Timestamp};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Database;
use super::fault::failed;
use super::rows::{MailRow, NewMailRow};
use super::run::{Dialect as _, read, transaction, write_one};
use crate::schema::outbox;

#[async_trait]
impl Outbox for Database {
    async fn queue(&self, mail: &NewMail) -> Result<(), StoreError> {
        let row = NewMailRow::from(mail);
        write_one!(self, Synced, |conn| diesel::insert_into(outbox::table)
            .values(&row)
            .on_conflict(outbox::cause)
            .do_nothing()
            .execute(conn))?;
        Ok(())
    }

    async fn claim(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<OutboxEntry>, StoreError> {
        let (now, lease) = (now.as_millis(), lease_until.as_millis());
        let mut mails: Vec<MailRow> = transaction!(self, Synced, |conn| {
            let due = conn.due_mails(now, limit.into()).await?;
            let due = outbox::table.filter(outbox::id.eq_any(due));
            Ok(diesel::update(due)
                .set(outbox::due_at.eq(lease))
                .returning(MailRow::as_returning())
                .get_results(conn)
                .await?)
        })?;
        mails.sort_by(MailRow::by_age);
        mails.into_iter().map(OutboxEntry::try_from).collect()
    }

    async fn done(&self, id: &str) -> Result<(), StoreError> {
        let mail = outbox::table.find(id.to_owned());
        write_one!(self, Synced, |conn| diesel::delete(mail).execute(conn))?;
        Ok(())
    }

    async fn retry(&self, id: &str, at: Timestamp) -> Result<(), StoreError> {
        let mail = outbox::table.find(id.to_owned());
        let again = diesel::update(mail).set((
            outbox::due_at.eq(at.as_millis()),
            outbox::attempts.eq(outbox::attempts + 1),
        ));
        write_one!(self, Synced, |conn| again.execute(conn))?;
        Ok(())
    }

    async fn pending(&self) -> Result<u64, StoreError> {
        let count: i64 = read!(self, |conn| outbox::table.count().get_result(conn))?;
        u64::try_from(count).map_err(failed)
    }
}
