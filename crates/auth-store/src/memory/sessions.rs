//! The sessions themselves, and the indexes that find them.

use std::collections::{BTreeSet, HashMap};

use auth_core::secret::Salt;
use auth_core::session::{Changed, Revoke, SecretChange, SecretKind};
use auth_core::{SecretHash, Session, SessionId, Timestamp, UserId};

/// Sessions by id, with an index by secret and one by user.
#[derive(Default)]
pub(super) struct Sessions {
    by_id: HashMap<SessionId, Kept>,
    by_secret: HashMap<SecretHash, SessionId>,
    by_user: HashMap<UserId, BTreeSet<Age>>,
    spent: HashMap<SecretHash, Spent>,
    denied: HashMap<SessionId, Timestamp>,
}

/// Orders the sessions of a user, the oldest first.
type Age = (Timestamp, SessionId);

struct Kept {
    session: Session,
    secret: SecretHash,
}

/// A secret that has a successor.
#[derive(Clone, Copy)]
struct Spent {
    session: SessionId,
    salt: Salt,
    at: Timestamp,
}

impl Sessions {
    pub(super) fn insert(&mut self, session: &Session, secret: SecretHash, max: u32) {
        let kept = Kept {
            session: session.clone(),
            secret,
        };
        self.by_id.insert(session.id, kept);
        self.by_secret.insert(secret, session.id);
        let ages = self.by_user.entry(session.user_id).or_default();
        ages.insert((session.created_at, session.id));
        self.evict(session.user_id, max, session.created_at);
    }

    pub(super) fn find(
        &self,
        kind: SecretKind,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Option<&Session> {
        let session = self.find_by_id(*self.by_secret.get(secret)?, now)?;
        (session.kind == kind).then_some(session)
    }

    pub(super) fn find_by_id(&self, id: SessionId, now: Timestamp) -> Option<&Session> {
        let session = &self.by_id.get(&id)?.session;
        is_live(session, now).then_some(session)
    }

    pub(super) fn touch(&mut self, id: SessionId, now: Timestamp) -> bool {
        self.live_mut(id, now)
            .map(|kept| use_at(&mut kept.session, now))
            .is_some()
    }

    pub(super) fn change_secret(
        &mut self,
        kind: SecretKind,
        change: &SecretChange,
        now: Timestamp,
    ) -> Changed {
        let current = self.find(kind, &change.spent, now).map(|found| found.id);
        if let Some(id) = current {
            return self.spend(id, change, now);
        }
        match self.spent.get(&change.spent).copied() {
            Some(spent) => self.spent_before(spent, kind, change, now),
            None => Changed::Unknown,
        }
    }

    pub(super) fn list(&self, user: UserId, now: Timestamp) -> Vec<Session> {
        let mut live: Vec<_> = self.live_of(user, now).cloned().collect();
        live.sort_by_key(|session| std::cmp::Reverse((session.last_seen_at, session.id)));
        live
    }

    pub(super) fn revoke(&mut self, user: UserId, which: Revoke, now: Timestamp) -> u64 {
        let ended = self.ids_of(user).filter(|id| which.concerns(*id));
        let ended: Vec<_> = ended.collect();
        let ended = ended.into_iter().filter_map(|id| self.end(id, now));
        ended.filter(|session| is_live(session, now)).count() as u64
    }

    pub(super) fn is_denied(&self, id: SessionId, now: Timestamp) -> bool {
        self.denied.get(&id).is_some_and(|until| *until > now)
    }

    pub(super) fn purge(&mut self, now: Timestamp) -> u64 {
        let before = self.by_id.len() + self.denied.len();
        let over = self.by_id.values().filter(|kept| is_over(kept, now));
        for id in over.map(|kept| kept.session.id).collect::<Vec<_>>() {
            self.end(id, now);
        }
        self.denied.retain(|_, until| *until > now);
        let by_id = &self.by_id;
        self.spent
            .retain(|_, spent| by_id.contains_key(&spent.session));
        before.abs_diff(self.by_id.len() + self.denied.len()) as u64
    }

    /// The secret is the session's current one: the successor takes its place.
    fn spend(&mut self, id: SessionId, change: &SecretChange, now: Timestamp) -> Changed {
        let Some(kept) = self.live_mut(id, now) else {
            return Changed::Unknown;
        };
        kept.secret = change.next;
        let session = renew(&mut kept.session, change, now);
        self.by_secret.remove(&change.spent);
        self.by_secret.insert(change.next, id);
        let spent = Spent {
            session: id,
            salt: change.salt,
            at: now,
        };
        self.spent.insert(change.spent, spent);
        Changed::Fresh(session)
    }

    /// The secret was spent before: a repetition, or a copy in other hands.
    fn spent_before(
        &mut self,
        spent: Spent,
        kind: SecretKind,
        change: &SecretChange,
        now: Timestamp,
    ) -> Changed {
        let kept = self.live_mut(spent.session, now);
        let Some(kept) = kept.filter(|kept| kept.session.kind == kind) else {
            return Changed::Unknown;
        };
        if now < spent.at + change.reuse_window {
            return Changed::Again(renew(&mut kept.session, change, now), spent.salt);
        }
        let ended = self.end(spent.session, now);
        ended.map_or(Changed::Unknown, Changed::Reused)
    }

    /// Ends the oldest sessions of a user when more than `max` are live.
    fn evict(&mut self, user: UserId, max: u32, now: Timestamp) {
        let live: Vec<_> = self.live_of(user, now).map(|session| session.id).collect();
        let excess = live.len().saturating_sub(max as usize);
        for id in live.into_iter().take(excess) {
            self.end(id, now);
        }
    }

    /// Takes a session out, and denies the access tokens that outlive it.
    fn end(&mut self, id: SessionId, now: Timestamp) -> Option<Session> {
        let Kept { session, secret } = self.by_id.remove(&id)?;
        self.by_secret.remove(&secret);
        if let Some(ages) = self.by_user.get_mut(&session.user_id) {
            ages.remove(&(session.created_at, id));
            if ages.is_empty() {
                self.by_user.remove(&session.user_id);
            }
        }
        if session.tokens_until > now {
            self.denied.insert(id, session.tokens_until);
        }
        Some(session)
    }

    fn live_mut(&mut self, id: SessionId, now: Timestamp) -> Option<&mut Kept> {
        let kept = self.by_id.get_mut(&id)?;
        is_live(&kept.session, now).then_some(kept)
    }

    fn ids_of(&self, user: UserId) -> impl Iterator<Item = SessionId> {
        let ages = self.by_user.get(&user).into_iter().flatten();
        ages.map(|(_, id)| *id)
    }

    fn live_of(&self, user: UserId, now: Timestamp) -> impl Iterator<Item = &Session> {
        self.ids_of(user)
            .filter_map(move |id| self.find_by_id(id, now))
    }
}

fn is_live(session: &Session, now: Timestamp) -> bool {
    session.expires_at() > now
}

/// Whether nothing of a session matters any more, its access tokens included.
fn is_over(kept: &Kept, now: Timestamp) -> bool {
    !is_live(&kept.session, now) && kept.session.tokens_until <= now
}

/// Notes a use. Nodes differ in their clocks, so an earlier use may arrive later.
fn use_at(session: &mut Session, now: Timestamp) {
    session.last_seen_at = session.last_seen_at.max(now);
}

/// Notes a use that brings a new access token.
fn renew(session: &mut Session, change: &SecretChange, now: Timestamp) -> Session {
    use_at(session, now);
    session.tokens_until = session.tokens_until.max(change.tokens_until);
    session.clone()
}
