//! The life of a session: what becomes of one that was read. Everything here is decided from
//! what was read, and takes effect only if that is still so when it is written.

use std::cmp::Reverse;
use std::time::Duration;

use super::{Found, Revoke, SecretKind, Session};
use crate::clock::Timestamp;
use crate::id::SessionId;
use crate::secret::{Salt, SecretHash};

impl Session {
    /// When it ends if it is not used again.
    pub fn expires_at(&self) -> Timestamp {
        (self.last_seen_at + self.idle).min(self.ends_at)
    }

    /// Whether it can be used.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at() > now
    }

    /// When a use has to be noted again.
    pub(crate) fn touch_at(&self) -> Timestamp {
        self.last_seen_at + touch_after(self.idle)
    }

    /// Whether nothing of it matters any more, its access tokens included.
    pub fn is_over(&self, now: Timestamp) -> bool {
        !self.is_live(now) && self.tokens_until <= now
    }

    /// The session after a use. Servers differ in their clocks, so an earlier use may arrive
    /// later: it takes nothing back.
    fn used(&self, now: Timestamp) -> Self {
        Self {
            last_seen_at: self.last_seen_at.max(now),
            ..self.clone()
        }
    }
}

/// How stale `last_seen_at` may get before a use is noted: a thirtieth of the idle time, and at
/// most so much that it is [written](super::SessionManager::write_uses) within a minute. It
/// spares a write on nearly every request.
pub(super) fn touch_after(idle: Duration) -> Duration {
    (idle / 30).min(Duration::from_secs(60) - super::WRITE_USES_EVERY)
}

/// The session after a use by this secret, if by any, when that is to be noted. A use by
/// no secret, or by one that was replaced meanwhile, tells nothing of the one in force. A session
/// of a kind that only a later version knows is left as it is: written here, it would lose that.
pub(super) fn after_use(found: &Found, by: Option<&SecretHash>, now: Timestamp) -> Option<Session> {
    let session = &found.session;
    let arrived = session.unused && by == Some(&found.secret);
    let is_known = session.kind != SecretKind::Later;
    let is_stale = now >= session.touch_at();
    (is_known && (arrived || is_stale)).then(|| Session {
        unused: session.unused && !arrived,
        ..session.used(now)
    })
}

/// A secret that is presented for its successor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exchange {
    /// The secret.
    pub presented: SecretHash,
    /// The current time.
    pub now: Timestamp,
    /// What its successor is for.
    pub kind: SecretKind,
    /// Until when the access token that is issued is valid; the epoch when there is none.
    pub tokens_until: Timestamp,
    /// How long a spent secret still gives the same successor; zero for never.
    pub reuse_window: Duration,
}

/// What becomes of a session whose secret is presented for its successor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The secret is in force: it is spent, and this is the session afterwards.
    Spend(Session),
    /// It was spent, and may be told its successor again, which derives from this salt.
    Repeat(Session, Salt),
    /// It was spent before, so two parties hold the session (RFC 9700, 4.14.2): it ends.
    End,
}

impl Exchange {
    /// Decides on a live session that has or had the secret.
    pub(super) fn decide(&self, found: &Found) -> Turn {
        if found.secret == self.presented {
            return Turn::Spend(Session {
                unused: true,
                kind: self.kind,
                ..self.renewed(&found.session)
            });
        }
        match found.spent {
            Some(spent) => {
                // The answer that brought the successor may never have arrived.
                let lost = spent.is_latest && found.session.unused;
                if self.forgives(spent.at, lost) {
                    Turn::Repeat(self.renewed(&found.session), spent.salt)
                } else {
                    Turn::End
                }
            }
            None => Turn::End,
        }
    }

    /// Whether a secret that was spent then still gives its successor. `lost` says that the
    /// successor is in force and nobody has used it; then time does not matter. Without a
    /// window each secret works exactly once.
    fn forgives(&self, spent_at: Timestamp, lost: bool) -> bool {
        let window = self.reuse_window;
        !window.is_zero() && (lost || self.now.since(spent_at) < window)
    }

    /// The session after a use that brings a new access token.
    fn renewed(&self, session: &Session) -> Session {
        Session {
            tokens_until: session.tokens_until.max(self.tokens_until),
            ..session.used(self.now)
        }
    }
}

/// The live sessions, the latest used first.
pub(super) fn live(mut sessions: Vec<Session>, now: Timestamp) -> Vec<Session> {
    sessions.retain(|session| session.is_live(now));
    sessions.sort_by_key(|session| Reverse((session.last_seen_at, session.id)));
    sessions
}

/// The oldest live sessions, which have to end for no more than `max` to be left. Who sees
/// more sessions names the same ones and further ones, so that several who decide on this at
/// once agree.
pub(super) fn excess(sessions: Vec<Session>, max: u32, now: Timestamp) -> Vec<SessionId> {
    let mut live = live(sessions, now);
    live.sort_by_key(|session| Reverse((session.created_at, session.id)));
    let excess = live.iter().skip(max as usize);
    excess.map(|session| session.id).collect()
}

/// Those to be ended. What is over counts for nothing, and is left to be purged.
pub(super) fn concerned(sessions: &[Session], which: Revoke, now: Timestamp) -> Vec<SessionId> {
    let matter = sessions.iter().filter(|session| !session.is_over(now));
    let ids = matter.map(|session| session.id);
    ids.filter(|id| which.concerns(*id)).collect()
}

#[cfg(test)]
mod tests;
