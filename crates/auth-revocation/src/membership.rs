//! A node's membership of one store: when it asks for news, and until when it may trust its cache.

use std::time::Duration;

use crate::rules::{Rule, Rules};
use crate::{Entry, Incarnation, Instants, Lease, Position, ServerId};

mod messages;

pub use messages::{Answer, Call, Effect, Request, RequestId};

/// What a node does next about its membership.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Next {
    /// Ask this, and tell [`Membership::answered`] what became of it.
    Send(Request),
    /// Nothing before this moment, unless something else happens.
    Wait(Instants),
    /// Nothing until something else happens.
    Idle,
}

/// The lease that one node has from one store.
///
/// The driver calls [`poll`](Self::poll), carries out what it says, and brings back the answer. For
/// each [`Effect`] it changes the cache and its [`History`](crate::History) under the cache's lock,
/// then calls [`applied`](Self::applied); only that extends the lease. After every call it publishes
/// [`deadline`](Self::deadline) for those who read.
///
/// A read looks at the clocks after it has arrived, checks every lease it needs, and only then looks
/// into the cache. It never joins a fill that was begun before it arrived.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Membership {
    lease: Lease,
    jitter: Duration,
    seat: Seat,
    deadline: Instants,
    in_flight: Option<InFlight>,
    /// Until when the lease holds once the last effect was carried out.
    unapplied: Option<Instants>,
    due: Instants,
    /// News were announced while a request was in flight, which may have missed them.
    again: bool,
    requests: u64,
    rules: Rules,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Seat {
    Vacant,
    Taken(Member),
    Left,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Member {
    incarnation: Incarnation,
    server: ServerId,
    applied: Position,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct InFlight {
    id: RequestId,
    sent: Instants,
    incarnation: Incarnation,
}

impl Membership {
    /// A node that has not joined. `jitter` is its share, drawn at random below
    /// [`Lease::renewal`], of the time over which nodes that lost their place together return.
    #[must_use]
    pub fn new(lease: Lease, jitter: Duration) -> Self {
        Self {
            lease,
            jitter,
            seat: Seat::Vacant,
            deadline: Instants::ZERO,
            in_flight: None,
            unapplied: None,
            due: Instants::ZERO,
            again: false,
            requests: 0,
            rules: Rules::default(),
        }
    }

    /// What to do now. `now` is read before the store or a pool of connections is asked, and `fresh`
    /// is drawn at random for each call, for a JOIN to use.
    #[must_use]
    pub fn poll(&mut self, now: Instants, fresh: Incarnation) -> Next {
        if self.unapplied.is_some() || matches!(self.seat, Seat::Left) {
            return Next::Idle;
        }
        if let Some(flight) = &self.in_flight {
            let given_up = flight.sent.plus(self.lease.renewal());
            if !now.has_lapsed(given_up) {
                return Next::Wait(given_up);
            }
            self.in_flight = None;
            self.due = now;
        }
        if !now.has_lapsed(self.due) {
            return Next::Wait(self.due);
        }
        let (incarnation, call) = match &self.seat {
            Seat::Taken(member) => (member.incarnation, member.renew()),
            Seat::Vacant | Seat::Left => {
                let (incarnation, lease) = (fresh, self.lease);
                (incarnation, Call::Join { incarnation, lease })
            }
        };
        Next::Send(self.send(now, incarnation, call))
    }

    fn send(&mut self, now: Instants, incarnation: Incarnation, call: Call) -> Request {
        self.requests += 1;
        self.again = false;
        let id = RequestId(self.requests);
        self.in_flight = Some(InFlight {
            id,
            sent: now,
            incarnation,
        });
        Request {
            id,
            timeout: self.lease.renewal(),
            call,
        }
    }

    /// Something was announced: a member asks for news at once. An announcement that is lost costs
    /// time, nothing else.
    pub fn wake(&mut self) {
        if matches!(self.seat, Seat::Taken(_)) {
            self.again = true;
            if self.in_flight.is_none() {
                self.due = Instants::ZERO;
            }
        }
    }

    /// What became of a request. An answer that comes late, twice, or for another incarnation has no
    /// effect.
    pub fn answered(&mut self, now: Instants, id: RequestId, answer: Answer) -> Effect {
        let is_own = |flight: &mut InFlight| flight.id == id || !self.rules.hold(Rule::OwnRequest);
        let Some(flight) = self.in_flight.take_if(is_own) else {
            return Effect::Nothing;
        };
        match (&self.seat, answer) {
            (Seat::Vacant, Answer::Joined { head, server }) => {
                self.joined(now, &flight, head, server)
            }
            (Seat::Vacant, _) => {
                self.due = flight.sent.plus(self.lease.renewal() + self.jitter);
                Effect::Nothing
            }
            (Seat::Taken(_), Answer::Unknown) => self.lose(now),
            (
                Seat::Taken(member),
                Answer::Renewed {
                    server,
                    base,
                    entries,
                    head,
                },
            ) => {
                if self.follows(member, &server, base, &entries, head) {
                    self.renewed(now, &flight, entries, head)
                } else {
                    self.lose(now)
                }
            }
            (Seat::Taken(_), _) => {
                self.schedule(flight.sent);
                Effect::Nothing
            }
            (Seat::Left, _) => Effect::Nothing,
        }
    }

    fn joined(
        &mut self,
        now: Instants,
        flight: &InFlight,
        position: Position,
        server: ServerId,
    ) -> Effect {
        let incarnation = flight.incarnation;
        self.seat = Seat::Taken(Member {
            incarnation,
            server: server.clone(),
            applied: position,
        });
        self.unapplied = Some(self.granted(now, flight));
        self.schedule(flight.sent);
        Effect::Start {
            incarnation,
            server,
            position,
        }
    }

    /// Whether an answer goes on from where the member stands.
    fn follows(
        &self,
        member: &Member,
        server: &ServerId,
        base: Position,
        entries: &[Entry],
        head: Position,
    ) -> bool {
        let is_contiguous = (base.number + 1..)
            .zip(entries)
            .all(|(number, entry)| entry.number == number);
        let end = entries.last().map_or(base, Entry::position);
        let is_whole = base.number == member.applied.number && is_contiguous && end == head;
        (*server == member.server || !self.rules.hold(Rule::SameServer))
            && (base.id == member.applied.id || !self.rules.hold(Rule::Nonce))
            && (is_whole || !self.rules.hold(Rule::Contiguous))
    }

    fn renewed(
        &mut self,
        now: Instants,
        flight: &InFlight,
        entries: Vec<Entry>,
        head: Position,
    ) -> Effect {
        let until = self.granted(now, flight);
        if let Seat::Taken(member) = &mut self.seat {
            member.applied = head;
        }
        self.schedule(flight.sent);
        if entries.is_empty() || !self.rules.hold(Rule::ApplyBeforeExtend) {
            self.deadline = self.deadline.latest(until);
        }
        if entries.is_empty() {
            return Effect::Nothing;
        }
        self.unapplied = Some(until);
        // The next renewal tells the revoker that its entry was applied.
        self.due = now;
        Effect::Apply(entries)
    }

    fn granted(&self, now: Instants, flight: &InFlight) -> Instants {
        let from = if self.rules.hold(Rule::CountFromSending) {
            flight.sent
        } else {
            now
        };
        from.plus(self.lease.held_by(self.rules))
    }

    fn schedule(&mut self, sent: Instants) {
        self.due = if self.again {
            Instants::ZERO
        } else {
            sent.plus(self.lease.renewal())
        };
    }

    fn lose(&mut self, now: Instants) -> Effect {
        self.seat = Seat::Vacant;
        self.deadline = Instants::ZERO;
        self.again = false;
        self.due = now.plus(self.jitter);
        if !self.rules.hold(Rule::FlushOnLoss) {
            return Effect::Nothing;
        }
        self.unapplied = Some(Instants::ZERO);
        Effect::Flush
    }

    /// An effect has been carried out: nothing that it drops can be found any more. Only this extends
    /// the lease, and until then nothing else is asked.
    pub fn applied(&mut self, effect: Effect) {
        let until = match effect {
            Effect::Nothing => None,
            Effect::Start { .. } | Effect::Apply(_) | Effect::Flush => self.unapplied.take(),
        };
        if let Some(until) = until {
            self.deadline = self.deadline.latest(until);
        }
    }

    /// Until when the cache may be trusted, exclusively. It only ever grows, or falls to
    /// [`Instants::ZERO`] when the node has no place any more; so the two clocks may be published one
    /// after the other (in an atomic each, released here and acquired by readers).
    #[must_use]
    pub const fn deadline(&self) -> Instants {
        self.deadline
    }

    /// Whether the cache may be trusted. While it may not, what is cached stays, unused.
    #[must_use]
    pub fn is_valid(&self, now: Instants) -> bool {
        if !self.rules.hold(Rule::EitherClock) {
            return now.monotonic_raw < self.deadline.monotonic_raw;
        }
        !now.has_lapsed(self.deadline)
    }

    /// Gives the place up for good. Once nobody reads from the cache any more, the store is told to
    /// take this incarnation off its list.
    pub fn leave(&mut self) -> Option<Incarnation> {
        self.deadline = Instants::ZERO;
        self.unapplied = None;
        let joining = self.in_flight.take().map(|flight| flight.incarnation);
        match std::mem::replace(&mut self.seat, Seat::Left) {
            Seat::Taken(member) => Some(member.incarnation),
            Seat::Vacant | Seat::Left => joining,
        }
    }

    #[cfg(test)]
    pub(crate) fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Counts requests anew, so that states that differ in nothing else are one.
    #[cfg(test)]
    pub(crate) fn recount(&mut self) {
        if self.in_flight.is_none() {
            self.requests = 0;
        }
    }
}

impl Member {
    fn renew(&self) -> Call {
        Call::Renew {
            incarnation: self.incarnation,
            applied: self.applied,
            server: self.server.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
