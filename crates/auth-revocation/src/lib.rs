//! Reads that need no round trip to the store, and sign-outs that are complete when they are
//! answered.
//!
//! Every node caches what it has read, and holds a [`Lease`] from the store for as long as it may
//! trust that. Every change that ends a credential, or that a cached answer would show, is written to
//! a log in the store, in the same transaction. It is answered once every [`Membership`] has applied
//! its [`Entry`], or can hold no lease any more ([`Revocation`]). Leases are those of Gray and
//! Cheriton (SOSP 1989); that a change waits for acknowledgement or lapse is as in Chubby (OSDI 2006).
//!
//! Nothing here does I/O, reads a clock or draws at random: a driver brings events and the time, and
//! carries out what it is told. So the same code is explored state by state in its tests.
//!
//! # What a driver holds to
//! - The change, its entry and its number are one transaction. The number is given under a lock that
//!   is held until the commit, and JOIN takes the same lock before it reads the head.
//! - The members are listed in a statement of their own, begun after the commit was answered.
//! - An entry names its user or session also when no row was changed.
//! - Membership never ends by the store's clock, only by LEAVE or [`Step::Close`].
//! - The store's identity ([`ServerId`]) is read in the same step as everything else.
//! - A read arrives, checks every lease it needs, then looks into the cache; and never joins a fill
//!   begun before it arrived.
//! - What is cached was read together with the log's number, in one snapshot, and passes
//!   [`History::may_insert`] under the lock under which effects are carried out.
//! - With two stores, a cached answer needs both leases and both histories, and a change is answered
//!   by [`Outcome::of_all`].
//!
//! What it cannot see is a virtual machine that is paused, moved or restored with its clocks stopped:
//! for the rest of its lease, in its own time, such a node trusts what it has.
//!
//! # A node joins
//! ```
//! use std::time::Duration;
//!
//! use auth_revocation::{
//!     Answer, History, Incarnation, Instants, Lease, Membership, Next, Position, ServerId,
//! };
//! use uuid::Uuid;
//!
//! let mut membership = Membership::new(Lease::DEFAULT, Duration::ZERO);
//! let mut history = History::new(1024);
//!
//! // Read from the clocks, and drawn at random.
//! let now = Instants::ZERO.plus(Duration::from_secs(60));
//! let fresh = Incarnation(Uuid::from_u128(0x5eed));
//!
//! if let Next::Send(request) = membership.poll(now, fresh) {
//!     // The store carries out `request.call`, and answers:
//!     let head = Position::ORIGIN;
//!     let server = ServerId("run-1".into());
//!     let answer = Answer::Joined { head, server };
//!
//!     let effect = membership.answered(now, request.id, answer);
//!     // Under the cache's lock: drop what the effect names, and note it.
//!     history.follow(&effect);
//!     membership.applied(effect);
//! }
//! assert!(membership.is_valid(now));
//! assert!(!membership.is_valid(now.plus(Duration::from_millis(900))));
//! ```

mod denials;
mod history;
mod membership;
mod names;
mod revocation;
mod rules;
#[cfg(test)]
mod tests;
mod time;

pub use denials::{Denials, Load, Verdict};
pub use history::History;
pub use membership::{Answer, Call, Effect, Membership, Next, Request, RequestId};
pub use names::{Entry, Incarnation, Name, Position, ServerId};
pub use revocation::{Committed, Listed, Outcome, Poll, Revocation, Standing, Step};
pub use time::{Instants, InvalidLease, Lease};
