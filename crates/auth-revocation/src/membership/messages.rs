//! What a node asks a store, what it is answered, and what becomes of its cache.

use std::time::Duration;

use crate::{Entry, Incarnation, Lease, Name, Position, ServerId};

/// Tells one request of a membership from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(super) u64);

/// Something to ask the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// Comes back with the answer.
    pub id: RequestId,
    /// How long to try. The request counts as failed afterwards; should an answer still come, it is
    /// ignored.
    pub timeout: Duration,
    /// What to ask.
    pub call: Call,
}

/// One atomic step in the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// Puts a new member on the list, with `applied` and `granted` at the head of the log, and names
    /// this server in the data as the one that was joined last (see
    /// [`History::may_insert`](crate::History::may_insert)). The counter is locked *before* the head
    /// is read. Answered by [`Answer::Joined`].
    Join {
        /// Whom to put on the list. It must not be there yet.
        incarnation: Incarnation,
        /// To be registered with it.
        lease: Lease,
    },
    /// If this is the server, the member is on the list and the log has an entry of this number and
    /// id (the head counts even after its entry was trimmed): notes the number as the member's
    /// `applied` and the head as its `granted`, both of which only grow, and reads the entries in
    /// between. Answered by [`Answer::Renewed`], or by [`Answer::Unknown`] and nothing is noted.
    Renew {
        /// Who asks.
        incarnation: Incarnation,
        /// What it has applied.
        applied: Position,
        /// Which server it joined.
        server: ServerId,
    },
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The node is a member.
    Joined {
        /// The last entry of the log.
        head: Position,
        /// The server that answered.
        server: ServerId,
    },
    /// The lease is renewed.
    Renewed {
        /// The server that answered.
        server: ServerId,
        /// What the log has at the number that was asked for.
        base: Position,
        /// All entries after that one, in their order.
        entries: Vec<Entry>,
        /// The last entry of the log.
        head: Position,
    },
    /// No such member, no such position, another server, or too many entries to tell.
    Unknown,
    /// There was no answer in time, or an error.
    Failed,
}

/// What the driver does to what it caches. It is not in force before
/// [`Membership::applied`](crate::Membership::applied) was called.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing.
    Nothing,
    /// The node has joined, and the cache, which is empty, is filled from here on.
    Start {
        /// The new incarnation.
        incarnation: Incarnation,
        /// The server it joined.
        server: ServerId,
        /// Where the log stood.
        position: Position,
    },
    /// Everything of the names in these entries is dropped.
    Apply(Vec<Entry>),
    /// Everything is dropped.
    Flush,
}

impl Effect {
    /// The names to be dropped.
    pub fn names(&self) -> impl Iterator<Item = Name> {
        let entries = match self {
            Self::Apply(entries) => entries.as_slice(),
            _ => &[],
        };
        entries.iter().flat_map(|entry| entry.names.iter().copied())
    }
}
