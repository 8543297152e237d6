//! The sessions themselves, and the indexes that find them.

use std::collections::{BTreeSet, HashMap, VecDeque};

use auth_core::secret::Salt;
use auth_core::session::{Changed, KEPT_SPENT, Revoke, SecretChange, SecretKind};
use auth_core::{Fingerprint, SecretHash, Session, SessionId, Timestamp, UserId};

/// Sessions by id, with indexes by secret and by user.
#[derive(Default)]
pub(super) struct Sessions {
    by_id: HashMap<SessionId, Kept>,
    by_secret: HashMap<SecretHash, SessionId>,
    by_spent: HashMap<SecretHash, SessionId>,
    by_family: HashMap<SecretHash, SessionId>,
    by_user: HashMap<UserId, BTreeSet<Age>>,
}

/// Orders the sessions of a user, the oldest first.
type Age = (Timestamp, SessionId);

struct Kept {
    session: Session,
    secret: Fingerprint,
    /// The latest secrets that have a successor, the newest first.
    spent: VecDeque<Spent>,
}

/// A secret that has a successor.
#[derive(Clone, Copy)]
struct Spent {
    secret: SecretHash,
    salt: Salt,
    at: Timestamp,
}

impl Sessions {
    pub(super) fn insert(&mut self, session: &Session, secret: Fingerprint, max: u32) {
        let kept = Kept {
            session: session.clone(),
            secret,
            spent: VecDeque::new(),
        };
        self.by_id.insert(session.id, kept);
        self.by_secret.insert(secret.secret, session.id);
        self.by_family.insert(secret.family, session.id);
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

    pub(super) fn trace(
        &self,
        kind: SecretKind,
        secret: &Fingerprint,
        now: Timestamp,
    ) -> Option<&Session> {
        let id = self.by_secret.get(&secret.secret);
        let id = id.or_else(|| self.by_spent.get(&secret.secret));
        let id = id.or_else(|| self.by_family.get(&secret.family));
        let session = self.find_by_id(*id?, now)?;
        (session.kind == kind).then_some(session)
    }

    pub(super) fn touch(
        &mut self,
        id: SessionId,
        secret: Option<&SecretHash>,
        now: Timestamp,
    ) -> bool {
        let Some(kept) = self.live_mut(id, now) else {
            return false;
        };
        use_at(&mut kept.session, now);
        kept.session.unused &= secret != Some(&kept.secret.secret);
        true
    }

    pub(super) fn change_secret(
        &mut self,
        kind: SecretKind,
        change: &SecretChange,
        now: Timestamp,
    ) -> Changed {
        let current = self.find(kind, &change.spent.secret, now);
        if let Some(id) = current.map(|found| found.id) {
            return self.spend(id, change, now);
        }
        match self.trace(kind, &change.spent, now).map(|found| found.id) {
            Some(id) => self.spent_before(id, change, now),
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
        let ended = ended.into_iter().filter_map(|id| self.end(id));
        ended.filter(|session| is_live(session, now)).count() as u64
    }

    /// A session is kept for as long as its access tokens are valid, so that one which is
    /// not there was ended.
    pub(super) fn is_kept(&self, id: SessionId, user: UserId) -> bool {
        let kept = self.by_id.get(&id);
        kept.is_some_and(|kept| kept.session.user_id == user)
    }

    pub(super) fn purge(&mut self, now: Timestamp) -> u64 {
        let over = self.by_id.values().filter(|kept| is_over(kept, now));
        let over: Vec<_> = over.map(|kept| kept.session.id).collect();
        over.into_iter().filter_map(|id| self.end(id)).count() as u64
    }

    /// The secret is the session's current one: the successor takes its place.
    fn spend(&mut self, id: SessionId, change: &SecretChange, now: Timestamp) -> Changed {
        let Some(kept) = self.live_mut(id, now) else {
            return Changed::Unknown;
        };
        let family = std::mem::replace(&mut kept.secret, change.next).family;
        let mut session = renew(&mut kept.session, change, now);
        kept.session.unused = true;
        session.unused = true;
        kept.spent.push_front(Spent {
            secret: change.spent.secret,
            salt: change.salt,
            // By the clock of those that saw the session which is furthest ahead.
            at: session.last_seen_at,
        });
        let forgotten = (kept.spent.len() > KEPT_SPENT).then(|| kept.spent.pop_back());
        if let Some(forgotten) = forgotten.flatten() {
            self.by_spent.remove(&forgotten.secret);
        }
        self.by_secret.remove(&change.spent.secret);
        self.by_secret.insert(change.next.secret, id);
        self.by_spent.insert(change.spent.secret, id);
        self.by_family.remove(&family);
        self.by_family.insert(change.next.family, id);
        Changed::Fresh(session)
    }

    /// The secret was spent before: a repetition, or a copy in other hands.
    fn spent_before(&mut self, id: SessionId, change: &SecretChange, now: Timestamp) -> Changed {
        let Some(kept) = self.live_mut(id, now) else {
            return Changed::Unknown;
        };
        let place = |spent: &Spent| spent.secret == change.spent.secret;
        if let Some(place) = kept.spent.iter().position(place) {
            let spent = kept.spent[place];
            let lost = place == 0 && kept.session.unused;
            if change.forgives(spent.at, lost, now) {
                return Changed::Again(renew(&mut kept.session, change, now), spent.salt);
            }
        }
        self.end(id).map_or(Changed::Unknown, Changed::Reused)
    }

    /// Ends the oldest sessions of a user when more than `max` are live.
    fn evict(&mut self, user: UserId, max: u32, now: Timestamp) {
        let live: Vec<_> = self.live_of(user, now).map(|session| session.id).collect();
        let excess = live.len().saturating_sub(max as usize);
        for id in live.into_iter().take(excess) {
            self.end(id);
        }
    }

    /// Takes a session out, and all that leads to it.
    fn end(&mut self, id: SessionId) -> Option<Session> {
        let Kept {
            session,
            secret,
            spent,
        } = self.by_id.remove(&id)?;
        self.by_secret.remove(&secret.secret);
        self.by_family.remove(&secret.family);
        for spent in spent {
            self.by_spent.remove(&spent.secret);
        }
        if let Some(ages) = self.by_user.get_mut(&session.user_id) {
            ages.remove(&(session.created_at, id));
            if ages.is_empty() {
                self.by_user.remove(&session.user_id);
            }
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
