//! The sessions themselves, and the indexes that find them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Instant;

use auth_core::session::{Found, KEPT_SPENT, SecretChange, SessionKey, Spent};
use auth_core::{Fingerprint, SecretHash, Session, SessionId, Timestamp, UserId};

use super::ends::Ends;
use crate::purge::Step;

/// Sessions by id, with indexes by what is known of their secrets and by user.
#[derive(Default)]
pub(super) struct Sessions {
    by_id: HashMap<SessionId, Kept>,
    /// By the hashes of the secret in force, of the spent ones that are kept, and of the family.
    by_hash: HashMap<SecretHash, SessionId>,
    by_user: HashMap<UserId, HashSet<SessionId>>,
    ends: Ends<SessionId>,
}

/// When [nothing of a session matters](Session::is_over) any more.
fn end_of(session: &Session) -> Timestamp {
    session.expires_at().max(session.tokens_until)
}

struct Kept {
    session: Session,
    secret: Fingerprint,
    /// The latest secrets that have a successor, the newest first.
    spent: VecDeque<(SecretHash, Spent)>,
}

impl Sessions {
    pub(super) fn insert(&mut self, session: &Session, secret: Fingerprint) {
        let kept = Kept {
            session: session.clone(),
            secret,
            spent: VecDeque::new(),
        };
        self.by_id.insert(session.id, kept);
        for hash in [secret.secret, secret.family] {
            self.by_hash.insert(hash, session.id);
        }
        let theirs = self.by_user.entry(session.user_id).or_default();
        theirs.insert(session.id);
        self.ends.add(end_of(session), session.id);
    }

    pub(super) fn get(&self, key: &SessionKey) -> Option<Found> {
        match key {
            SessionKey::Id(id, user) => {
                let kept = self.by_id.get(id)?;
                (kept.session.user_id == *user).then(|| kept.found(None))
            }
            SessionKey::Secret(secret) => {
                let kept = self.with(secret)?;
                (kept.secret.secret == *secret).then(|| kept.found(None))
            }
            SessionKey::AnySecret(Fingerprint { secret, family }) => {
                let kept = self.with(secret).or_else(|| self.with(family))?;
                Some(kept.found(Some(secret)))
            }
        }
    }

    pub(super) fn replace(
        &mut self,
        read: &Found,
        next: &Session,
        change: Option<&SecretChange>,
    ) -> bool {
        let id = read.session.id;
        let Some(kept) = self.by_id.get_mut(&id) else {
            return false;
        };
        if kept.session != read.session || kept.secret.secret != read.secret {
            return false;
        }
        self.ends.remove(end_of(&kept.session), id);
        self.ends.add(end_of(next), id);
        kept.session = next.clone();
        let Some(change) = change else {
            return true;
        };
        let former = std::mem::replace(&mut kept.secret, change.next);
        let forgotten = kept.spend(change);
        for hash in forgotten.into_iter().chain([former.family]) {
            self.by_hash.remove(&hash);
        }
        for hash in [change.next.secret, change.next.family] {
            self.by_hash.insert(hash, id);
        }
        true
    }

    /// Takes sessions of a user out, and all that leads to them.
    pub(super) fn delete(&mut self, user: UserId, ids: &[SessionId]) -> Vec<Session> {
        let ids = ids.iter().filter(|id| self.is_kept(**id, user));
        let ids: Vec<_> = ids.copied().collect();
        ids.into_iter().filter_map(|id| self.remove(id)).collect()
    }

    pub(super) fn by_user(&self, user: UserId) -> Vec<Session> {
        let theirs = self.by_user.get(&user).into_iter().flatten();
        let theirs = theirs.filter_map(|id| self.by_id.get(id));
        theirs.map(|kept| kept.session.clone()).collect()
    }

    pub(super) fn is_kept(&self, id: SessionId, user: UserId) -> bool {
        let kept = self.by_id.get(&id);
        kept.is_some_and(|kept| kept.session.user_id == user)
    }

    /// One step of a purge.
    /// How many live, counted up to `at_most`.
    pub(super) fn live(&self, at_most: u32, now: Timestamp) -> u64 {
        let live = self.by_id.values().filter(|kept| kept.session.is_live(now));
        live.take(at_most as usize).count() as u64
    }

    pub(super) fn purge(&mut self, now: Timestamp, most: usize) -> Step {
        let began = Instant::now();
        let over = self.ends.first_over(now, most);
        let found = over.len();
        let deleted = over.into_iter().filter_map(|id| self.remove(id)).count();
        Step::since(began, found, deleted)
    }

    fn with(&self, hash: &SecretHash) -> Option<&Kept> {
        self.by_id.get(self.by_hash.get(hash)?)
    }

    fn remove(&mut self, id: SessionId) -> Option<Session> {
        let kept = self.by_id.remove(&id)?;
        let spent = kept.spent.iter().map(|(secret, _)| *secret);
        for hash in spent.chain([kept.secret.secret, kept.secret.family]) {
            self.by_hash.remove(&hash);
        }
        self.ends.remove(end_of(&kept.session), id);
        let user = kept.session.user_id;
        if let Some(theirs) = self.by_user.get_mut(&user) {
            theirs.remove(&id);
            if theirs.is_empty() {
                self.by_user.remove(&user);
            }
        }
        Some(kept.session)
    }
}

impl Kept {
    /// What is read by a key, which may be a secret that was spent.
    fn found(&self, secret: Option<&SecretHash>) -> Found {
        let mut spent = self.spent.iter();
        let spent = spent.find(|(spent, _)| Some(spent) == secret);
        let latest = self.spent.front().map(|(latest, _)| *latest);
        Found {
            session: self.session.clone(),
            secret: self.secret.secret,
            spent: spent.map(|(secret, spent)| Spent {
                is_latest: latest == Some(*secret),
                ..*spent
            }),
            as_stored: String::new(),
            user: None,
        }
    }

    /// Keeps the secret that was spent; gives the one that is kept no longer.
    fn spend(&mut self, change: &SecretChange) -> Option<SecretHash> {
        let spent = Spent {
            salt: change.salt,
            at: change.at,
            is_latest: true,
        };
        self.spent.push_front((change.spent.secret, spent));
        let too_many = self.spent.len() > KEPT_SPENT;
        let forgotten = too_many.then(|| self.spent.pop_back()).flatten();
        forgotten.map(|(secret, _)| secret)
    }
}
