//! The log of revocations and the leases on it, as PostgreSQL keeps them: what the protocol of
//! [`auth_revocation`] asks, each call one transaction. Triggers write the log.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::StoreError;
use auth_revocation::{
    Answer, Committed, Entry, Incarnation, Lease, Listed, Name, Position, ServerId, Standing,
};
use tokio::sync::Notify;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::Connector;
use crate::database::fault::unavailable;
use crate::leases::{LeaseStore, Look};

/// The connection, which is asked by statements that are prepared for one use: a pooler may give
/// each to another server.
pub(super) struct Log {
    connector: Connector,
    client: Option<Client>,
    news: Arc<Notify>,
}

impl Log {
    pub(super) fn new(connector: Connector) -> Self {
        Self {
            connector,
            client: None,
            news: Arc::default(),
        }
    }

    fn client(&mut self) -> Result<&mut Client, StoreError> {
        let none = || unavailable("there is no connection");
        self.client.as_mut().ok_or_else(none)
    }
}

#[async_trait]
impl LeaseStore for Log {
    async fn connect(&mut self) -> Result<bool, StoreError> {
        if self.client.as_ref().is_some_and(|old| !old.is_closed()) {
            return Ok(false);
        }
        let connected = self.connector.listen("revocations", &self.news).await;
        self.client = Some(connected.map_err(unavailable)?);
        Ok(true)
    }

    fn disconnect(&mut self) {
        self.client = None;
    }

    /// The counter is locked before the head is read, so that no entry is committed in between
    /// by somebody who does not see the new member. A member that a crash could forget would
    /// not be waited for, so this is on disk when it is answered.
    async fn join(&mut self, incarnation: Incarnation, lease: Lease) -> Result<Answer, StoreError> {
        let step = self.client()?.transaction().await.map_err(unavailable)?;
        let lock = "SELECT number, nonce, lease_server() FROM lease_state FOR UPDATE";
        let row = step.query_typed_one(lock, &[]).await.map_err(unavailable)?;
        let (head, server) = (position(&row), server(&row, 2));
        let join = "INSERT INTO lease_members (incarnation, lease, applied, granted) \
                    VALUES ($1, $2, $3, $3)";
        let name = text(&incarnation);
        let (lease, number) = (millis(lease.length()), signed(head.number));
        let values: [Parameter<'_>; 3] = [
            (&name, Type::TEXT),
            (&lease, Type::INT8),
            (&number, Type::INT8),
        ];
        step.execute_typed(join, &values)
            .await
            .map_err(unavailable)?;
        step.commit().await.map_err(unavailable)?;
        Ok(Answer::Joined { head, server })
    }

    /// The entries since, the head, and the lease that knows of it, in one snapshot. It need not
    /// be on disk: what a crash forgets of it makes others wait longer, nothing else.
    async fn renew(
        &mut self,
        incarnation: Incarnation,
        applied: Position,
        on: &ServerId,
    ) -> Result<Answer, StoreError> {
        let renew = "WITH head AS (
                 SELECT number, nonce, lease_server() AS server,
                        set_config('synchronous_commit', 'off', true) FROM lease_state
             ), me AS (
                 UPDATE lease_members SET applied = greatest(applied, $2),
                                          granted = greatest(granted, head.number)
                 FROM head WHERE incarnation = $1 AND server = $4
                     AND EXISTS (SELECT FROM revocations WHERE number = $2 AND nonce = $3)
                 RETURNING 1
             )
             SELECT head.number, head.nonce, head.server, log.number, log.nonce,
                    log.user_id, log.session_id
             FROM head JOIN revocations log ON log.number >= $2
             WHERE EXISTS (SELECT FROM me) ORDER BY log.number LIMIT 10000";
        let (name, on) = (text(&incarnation), &*on.0);
        let (number, nonce) = (signed(applied.number), nonce(applied.id));
        let values: [Parameter<'_>; 4] = [
            (&name, Type::TEXT),
            (&number, Type::INT8),
            (&nonce, Type::INT8),
            (&on, Type::TEXT),
        ];
        let rows = self.client()?.query_typed(renew, &values).await;
        let rows = rows.map_err(unavailable)?;
        let mut entries = rows.iter().map(entry);
        let (Some(first), Some(base)) = (rows.first(), entries.next()) else {
            return Ok(Answer::Unknown);
        };
        Ok(Answer::Renewed {
            head: position(first),
            server: server(first, 2),
            base: base.position(),
            entries: entries.collect(),
        })
    }

    /// A message that nobody reads has the commit wait for the disk, and with it for all that
    /// the snapshot holds.
    async fn look(&mut self, entries: &[u64], sync: bool) -> Result<Look, StoreError> {
        let look = "SELECT number, nonce, server, server = settled,
                    ARRAY(SELECT number FROM revocations
                          WHERE number = ANY($1) ORDER BY number),
                    ARRAY(SELECT nonce FROM revocations
                          WHERE number = ANY($1) ORDER BY number),
                    incarnation, lease, applied, granted, message
             FROM (SELECT *, lease_server() AS server, CASE WHEN $2 THEN
                          pg_logical_emit_message(true, 'revocations', '') END AS message
                   FROM lease_state) state
             LEFT JOIN lease_members ON TRUE";
        let entries: Vec<_> = entries.iter().copied().map(signed).collect();
        let values: [Parameter<'_>; 2] = [(&entries, Type::INT8_ARRAY), (&sync, Type::BOOL)];
        let rows = self.client()?.query_typed(look, &values).await;
        let rows = rows.map_err(unavailable)?;
        let first = rows
            .first()
            .ok_or_else(|| unavailable("no state of leases"))?;
        let (numbers, nonces): (Vec<i64>, Vec<i64>) = (first.get(4), first.get(5));
        Ok(Look {
            head: position(first),
            server: server(first, 2),
            standing: match first.get::<_, bool>(3) {
                true => Standing::Settled,
                false => Standing::Unsettled,
            },
            entries: numbers
                .into_iter()
                .map(unsigned)
                .zip(nonces.into_iter().map(id))
                .collect(),
            members: rows.iter().filter_map(listed).collect(),
        })
    }

    async fn close(
        &mut self,
        change: &Committed,
        evict: &[Incarnation],
        settle: bool,
    ) -> Result<bool, StoreError> {
        let close = "WITH same AS (
                 SELECT FROM lease_state WHERE lease_server() = $1
                     AND EXISTS (SELECT FROM revocations WHERE number = $2 AND nonce = $3)
             ), evicted AS (
                 DELETE FROM lease_members
                 WHERE EXISTS (SELECT FROM same) AND incarnation = ANY($4) AND granted < $2
             ), settled AS (
                 UPDATE lease_state SET settled = $1 WHERE $5 AND EXISTS (SELECT FROM same)
             )
             SELECT EXISTS (SELECT FROM same)";
        let (server, evict): (_, Vec<_>) = (&*change.server.0, evict.iter().map(text).collect());
        let (number, nonce) = (signed(change.number), nonce(change.id));
        let values: [Parameter<'_>; 5] = [
            (&server, Type::TEXT),
            (&number, Type::INT8),
            (&nonce, Type::INT8),
            (&evict, Type::TEXT_ARRAY),
            (&settle, Type::BOOL),
        ];
        let row = self.client()?.query_typed_one(close, &values).await;
        Ok(row.map_err(unavailable)?.get(0))
    }

    async fn leave(&mut self, incarnation: Incarnation) -> Result<(), StoreError> {
        let leave = "DELETE FROM lease_members WHERE incarnation = $1";
        let name = text(&incarnation);
        let values: [Parameter<'_>; 1] = [(&name, Type::TEXT)];
        let left = self.client()?.execute_typed(leave, &values).await;
        left.map(drop).map_err(unavailable)
    }

    async fn news(&mut self) {
        self.news.notified().await;
    }
}

/// A value for a statement, with its type.
type Parameter<'a> = (&'a (dyn tokio_postgres::types::ToSql + Sync), Type);

fn position(row: &Row) -> Position {
    Position {
        number: unsigned(row.get(0)),
        id: id(row.get(1)),
    }
}

fn server(row: &Row, column: usize) -> ServerId {
    ServerId(row.get::<_, String>(column).into())
}

fn entry(row: &Row) -> Entry {
    let user = name(row, 5).map(Name::User);
    let session = name(row, 6).map(Name::Session);
    Entry {
        number: unsigned(row.get(3)),
        id: id(row.get(4)),
        names: user.into_iter().chain(session).collect(),
    }
}

/// Ids of another form are none of ours.
fn name(row: &Row, column: usize) -> Option<Uuid> {
    row.get::<_, Option<String>>(column)?.parse().ok()
}

fn listed(row: &Row) -> Option<Listed> {
    // There may be none.
    let incarnation: String = row.get::<_, Option<_>>(6)?;
    let lease = Duration::from_millis(unsigned(row.get(7)));
    Some(Listed {
        incarnation: Incarnation(incarnation.parse().ok()?),
        lease: Lease::new(lease).unwrap_or(Lease::MAX),
        applied: unsigned(row.get(8)),
        granted: unsigned(row.get(9)),
    })
}

fn text(incarnation: &Incarnation) -> String {
    incarnation.0.to_string()
}

/// A nonce as the protocol knows it.
fn id(nonce: i64) -> Uuid {
    Uuid::from_u64_pair(0, nonce.cast_unsigned())
}

fn nonce(id: Uuid) -> i64 {
    id.as_u64_pair().1.cast_signed()
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
