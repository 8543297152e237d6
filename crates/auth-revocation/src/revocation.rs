//! A change that ends credentials: when it may be answered.

use uuid::Uuid;

use crate::rules::{Rule, Rules};
use crate::{Incarnation, Instants, Lease, ServerId};

/// A change that was committed together with its entry in the log. One that found nothing to do, and
/// wrote no entry, takes the head of the log for its own: whoever made the change before it may have
/// died without waiting.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Committed {
    /// The number of the entry.
    pub number: u64,
    /// Its random id.
    pub id: Uuid,
    /// The server that committed it.
    pub server: ServerId,
    /// What the data say about that server.
    pub standing: Standing,
    /// When the answer to the commit arrived.
    pub answered_at: Instants,
}

/// Whether leases can be out that the list of members does not tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// None: the data name this server as the last on which such leases were waited out.
    Settled,
    /// The data name another one, or none: there may have been members, with longer leases, that this
    /// server never heard of.
    Unsettled,
}

/// A member as the store lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Listed {
    /// Who it is.
    pub incarnation: Incarnation,
    /// What it has registered.
    pub lease: Lease,
    /// Up to where it has applied the log.
    pub applied: u64,
    /// Where the log stood when it was last granted a lease.
    pub granted: u64,
}

/// A look at the store, in a statement of its own that begins after the commit was answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Poll {
    /// The server that answers.
    pub server: ServerId,
    /// The id of the entry with the change's number, if it is there. (The head counts even after its
    /// entry was trimmed, and number 0 has the nil id.)
    pub entry: Option<Uuid>,
    /// All members.
    pub members: Vec<Listed>,
}

/// What a revoker does next.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Looks again when something happens, at this moment at the latest.
    Wait(Instants),
    /// Takes one atomic step, and tells [`Revocation::closed`]: if this is still the server that
    /// committed the change, and its entry is there, then those of `evict` whose `granted` is below
    /// the change's number leave the list, and, if `settle`, the data name the server as settled.
    Close {
        /// Whose leases have all lapsed.
        evict: Vec<Incarnation>,
        /// Whether all leases of earlier servers have lapsed, too.
        settle: bool,
    },
    /// It is over.
    Finish(Outcome),
}

/// How a change ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// No node trusts anything older than the change.
    Complete,
    /// The store has changed in between, and the change may be lost: try again (503).
    Unknown,
}

impl Outcome {
    /// The outcome of one change in several stores, once it is over in each. Their waits overlap.
    pub fn of_all(parts: impl IntoIterator<Item = Option<Self>>) -> Option<Self> {
        let start = Some(Self::Complete);
        parts
            .into_iter()
            .fold(start, |all, part| all.zip(part).map(|(a, b)| a.max(b)))
    }
}

/// The wait of a change in one store until every node has applied it, or has lost its lease.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Revocation {
    committed: Committed,
    outcome: Option<Outcome>,
    rules: Rules,
}

impl Revocation {
    /// One that was just committed.
    #[must_use]
    pub fn new(committed: Committed) -> Self {
        Self {
            committed,
            outcome: None,
            rules: Rules::default(),
        }
    }

    /// The change.
    #[must_use]
    pub const fn committed(&self) -> &Committed {
        &self.committed
    }

    /// How it has ended, if it has.
    #[must_use]
    pub const fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// What to do after a look at the store.
    #[must_use]
    pub fn polled(&mut self, now: Instants, poll: &Poll) -> Step {
        if let Some(outcome) = self.outcome {
            return Step::Finish(outcome);
        }
        let change = &self.committed;
        let is_same = poll.server == change.server && poll.entry == Some(change.id);
        if !is_same && self.rules.hold(Rule::SameCommit) {
            return self.finish(Outcome::Unknown);
        }
        // Who joins after the commit begins behind it.
        let number = change.number;
        let behind = |member: &&Listed| member.applied < number && self.rules.hold(Rule::Wait);
        let behind: Vec<_> = poll.members.iter().filter(behind).collect();
        let Some(lease) = self.longest(&behind) else {
            return self.finish(Outcome::Complete);
        };
        let until = change.answered_at.plus(lease.waited_by(self.rules));
        if !now.has_waited(until) {
            return Step::Wait(until);
        }
        // Who was granted a lease later trusts it only with the change applied.
        let stay =
            |member: &Listed| member.granted >= number && self.rules.hold(Rule::EvictByGranted);
        let evict = behind.into_iter().filter(|member| !stay(member));
        let evict: Vec<_> = evict.map(|member| member.incarnation).collect();
        let settle = change.standing != Standing::Settled;
        if evict.is_empty() && !settle {
            return self.finish(Outcome::Complete);
        }
        Step::Close { evict, settle }
    }

    /// The longest lease there may be without the change applied.
    fn longest(&self, behind: &[&Listed]) -> Option<Lease> {
        let listed = behind.iter().map(|member| member.lease).max();
        let listed = if self.rules.hold(Rule::RegisteredLease) {
            listed
        } else {
            listed.and(Some(Lease::MIN))
        };
        match self.committed.standing {
            _ if !self.rules.hold(Rule::Settle) => listed,
            Standing::Settled => listed,
            Standing::Unsettled if !self.rules.hold(Rule::Forgotten) => {
                listed.max(Some(Lease::MIN))
            }
            Standing::Unsettled => Some(Lease::MAX),
        }
    }

    /// What to do after [`Step::Close`]. `is_done` says that it was still the same server and entry;
    /// it is false also when no answer came.
    #[must_use]
    pub fn closed(&mut self, is_done: bool) -> Step {
        let outcome = if is_done || !self.rules.hold(Rule::SameCommit) {
            Outcome::Complete
        } else {
            Outcome::Unknown
        };
        self.finish(self.outcome.unwrap_or(outcome))
    }

    fn finish(&mut self, outcome: Outcome) -> Step {
        self.outcome = Some(outcome);
        Step::Finish(outcome)
    }

    #[cfg(test)]
    pub(crate) fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }
}

#[cfg(test)]
mod tests;
