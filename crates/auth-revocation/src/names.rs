//! What the log of revocations says, and who reads it.

use std::sync::Arc;

use uuid::Uuid;

/// Whose cached answers a change makes void.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// All that is cached of this user.
    User(Uuid),
    /// All that is cached of this session.
    Session(Uuid),
}

/// One change in a store's log. Numbers are given under the lock that is held until the commit, so
/// that they become visible in their order and without a gap.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Its place in the log, from 1 on.
    pub number: u64,
    /// A random id. It tells this entry from one of the same number in a log that went another way,
    /// as that of a replica does which was promoted before it had everything.
    pub id: Uuid,
    /// Whom it concerns. It names them also when the change found nothing to do.
    pub names: Vec<Name>,
}

impl Entry {
    /// The place right after it.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position {
            number: self.number,
            id: self.id,
        }
    }
}

/// How far a log has been read: the last entry, or [`Position::ORIGIN`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// The number of the entry.
    pub number: u64,
    /// Its random id.
    pub id: Uuid,
}

impl Position {
    /// Before the first entry.
    pub const ORIGIN: Self = Self {
        number: 0,
        id: Uuid::nil(),
    };
}

/// One membership of a node, from its JOIN until it leaves or is evicted. Every JOIN has a new one,
/// drawn at random by the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Incarnation(pub Uuid);

/// Which server it is that holds the data: an id stored with them, and what changes when another
/// process serves them (the `run_id` of Redis; of PostgreSQL the start of the postmaster and the
/// timeline). Any other value is another server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServerId(pub Arc<str>);
