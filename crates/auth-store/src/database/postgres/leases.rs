//! The log of revocations and the leases on it, as PostgreSQL keeps them: what the protocol of
//! [`auth_revocation`] asks, each call one transaction.

use std::time::Duration;

use auth_revocation::{
    Answer, Call, Entry, Incarnation, Lease, Listed, Name, Poll, Position, ServerId, Standing,
};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

/// Which server this is: the data by the id that was drawn with it, the process by its start,
/// and the history by its timeline, which a promotion changes.
const SERVER: &str = "store || '/' || pg_postmaster_start_time() || '/' || \
    (SELECT timeline_id FROM pg_control_checkpoint())";

type Result<T> = std::result::Result<T, tokio_postgres::Error>;

/// A connection that nobody else uses: a full pool must not keep a lease from being renewed.
pub(super) struct Log(Client);

/// The head of the log, after a change was committed.
pub(super) struct Head {
    pub(super) position: Position,
    pub(super) server: ServerId,
    pub(super) standing: Standing,
}

impl Log {
    pub(super) fn new(client: Client) -> Self {
        Self(client)
    }

    /// Asks what a membership wants to know.
    pub(super) async fn call(&mut self, call: &Call) -> Result<Answer> {
        match call {
            Call::Join { incarnation, lease } => self.join(*incarnation, *lease).await,
            Call::Renew {
                incarnation,
                applied,
                ..
            } => self.renew(*incarnation, *applied).await,
        }
    }

    /// The counter is locked before the head is read, so that no entry is committed in between
    /// by somebody who does not see the new member.
    async fn join(&mut self, incarnation: Incarnation, lease: Lease) -> Result<Answer> {
        let step = self.0.transaction().await?;
        let lock = format!("SELECT number, nonce, {SERVER} FROM lease_state FOR UPDATE");
        let row = step.query_one(&lock, &[]).await?;
        let head = position(&row);
        let join = "INSERT INTO lease_members (incarnation, lease, applied, granted) \
                    VALUES ($1, $2, $3, $3)";
        let millis = millis(lease.length());
        let name = incarnation.0.to_string();
        step.execute(join, &[&name, &millis, &number(head)]).await?;
        step.commit().await?;
        Ok(Answer::Joined {
            head,
            server: server(&row, 2),
        })
    }

    /// The entries since, the head and the lease that knows of it, in one snapshot.
    async fn renew(&self, incarnation: Incarnation, applied: Position) -> Result<Answer> {
        let renew = format!(
            "WITH head AS (SELECT number, nonce, {SERVER} AS server FROM lease_state),
                  me AS (
                      UPDATE lease_members SET
                          applied = greatest(applied, $2),
                          granted = greatest(granted, (SELECT number FROM head))
                      WHERE incarnation = $1 RETURNING 1
                  )
             SELECT head.number, head.nonce, head.server, log.number, log.nonce,
                    log.user_id, log.session_id
             FROM head LEFT JOIN revocations log ON log.number >= $2
             WHERE EXISTS (SELECT FROM me) ORDER BY log.number"
        );
        let name = incarnation.0.to_string();
        let rows = self.0.query(&renew, &[&name, &number(applied)]).await?;
        let Some(first) = rows.first() else {
            return Ok(Answer::Unknown);
        };
        let (head, server) = (position(first), server(first, 2));
        let mut entries: Vec<Entry> = rows.iter().filter_map(entry).collect();
        if entries.first().map(|entry| entry.number) != Some(applied.number) {
            return Ok(Answer::Unknown);
        }
        let base = entries.remove(0).position();
        Ok(Answer::Renewed {
            server,
            base,
            entries,
            head,
        })
    }

    /// The head of the log: asked after a commit, in a statement of its own, so that every member
    /// is seen that joined while the commit waited for the counter.
    pub(super) async fn head(&self) -> Result<Head> {
        let ask = format!(
            "SELECT number, nonce, server, server = settled
             FROM (SELECT number, nonce, settled, {SERVER} AS server FROM lease_state) state"
        );
        let row = self.0.query_one(&ask, &[]).await?;
        Ok(Head {
            position: position(&row),
            server: server(&row, 2),
            standing: match row.get::<_, bool>(3) {
                true => Standing::Settled,
                false => Standing::Unsettled,
            },
        })
    }

    /// Who has to have heard of an entry, and whether it is still there.
    pub(super) async fn poll(&self, entry: i64) -> Result<Poll> {
        let ask = format!(
            "SELECT {SERVER}, (SELECT nonce FROM revocations WHERE number = $1),
                    member.incarnation, member.lease, member.applied, member.granted
             FROM lease_state LEFT JOIN lease_members member ON TRUE"
        );
        let rows = self.0.query(&ask, &[&entry]).await?;
        let first = &rows[0];
        Ok(Poll {
            server: server(first, 0),
            entry: first.get::<_, Option<i64>>(1).map(id),
            members: rows.iter().filter_map(listed).collect(),
        })
    }

    /// Takes members away whose latest lease does not know of an entry, if this is still the
    /// server that committed it; says whether it is.
    pub(super) async fn close(
        &self,
        entry: Position,
        on: &ServerId,
        evict: &[Incarnation],
        settle: bool,
    ) -> Result<bool> {
        let close = format!(
            "WITH same AS (
                 SELECT {SERVER} AS server FROM lease_state
                 WHERE {SERVER} = $1
                   AND EXISTS (SELECT FROM revocations WHERE number = $2 AND nonce = $3)
             ), evicted AS (
                 DELETE FROM lease_members
                 WHERE EXISTS (SELECT FROM same) AND incarnation = ANY($4) AND granted < $2
             ), settled AS (
                 UPDATE lease_state SET settled = $1
                 WHERE $5 AND EXISTS (SELECT FROM same)
             )
             SELECT EXISTS (SELECT FROM same)"
        );
        let names: Vec<String> = evict.iter().map(|one| one.0.to_string()).collect();
        let nonce = nonce(entry.id);
        let server = &*on.0;
        let row = self
            .0
            .query_one(&close, &[&server, &number(entry), &nonce, &names, &settle])
            .await?;
        Ok(row.get(0))
    }

    /// Takes oneself from the list.
    pub(super) async fn leave(&self, incarnation: Incarnation) -> Result<()> {
        let name = incarnation.0.to_string();
        let leave = "DELETE FROM lease_members WHERE incarnation = $1";
        self.0.execute(leave, &[&name]).await?;
        Ok(())
    }
}

fn position(row: &Row) -> Position {
    Position {
        number: unsigned(row.get(0)),
        id: id(row.get(1)),
    }
}

fn server(row: &Row, column: usize) -> ServerId {
    ServerId(row.get::<_, String>(column).into())
}

fn entry(row: &Row) -> Option<Entry> {
    let number: i64 = row.get::<_, Option<i64>>(3)?;
    let user = name(row, 5).map(Name::User);
    let session = name(row, 6).map(Name::Session);
    Some(Entry {
        number: unsigned(number),
        id: id(row.get(4)),
        names: user.into_iter().chain(session).collect(),
    })
}

fn name(row: &Row, column: usize) -> Option<Uuid> {
    row.get::<_, Option<String>>(column)?.parse().ok()
}

fn listed(row: &Row) -> Option<Listed> {
    let incarnation: Option<String> = row.get(2);
    let lease: i64 = row.get::<_, Option<i64>>(3)?;
    Some(Listed {
        incarnation: Incarnation(incarnation?.parse().ok()?),
        lease: Lease::new(Duration::from_millis(unsigned(lease))).ok()?,
        applied: unsigned(row.get(4)),
        granted: unsigned(row.get(5)),
    })
}

/// A nonce as the protocol knows it.
fn id(nonce: i64) -> Uuid {
    Uuid::from_u64_pair(0, nonce.cast_unsigned())
}

fn nonce(id: Uuid) -> i64 {
    id.as_u64_pair().1.cast_signed()
}

fn number(position: Position) -> i64 {
    i64::try_from(position.number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
