//! A second strategy that decides beside the first, for whoever is about to change over: where
//! both differ, the change would let somebody in or keep somebody out.
//!
//! It hears of a decision after the answer, decides for itself about the same session, and tells.
//! It only reads, it asks one thing after the other, and what comes while it is busy with as much
//! as it may keep is not looked at.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::clock::Timestamp;
use crate::credential::Credential;
use crate::error::AuthError;
use crate::events::{Event, EventKind, Events};
use crate::secret::SecretText;
use crate::strategy::{Judgement, Strategy, Verdict, Who};
use crate::user::{ActiveUser, UserStore};

/// How many decisions wait to be looked at.
const WAITING: usize = 1_024;

/// Of how many credentials it is known what the second strategy would have handed out.
const KEPT: usize = 10_000;

/// How often it is tried to catch both strategies at the same moment.
const TRIES: u32 = 3;

/// A decision that was made.
#[derive(Debug)]
struct Seen {
    credential: Credential,
    verdict: Verdict,
}

/// Takes note of decisions, without waiting for anything.
#[derive(Clone, Debug)]
pub struct ShadowTap {
    decisions: Sender<Seen>,
    /// How many of a hundred decisions are looked at.
    percent: u64,
    count: Arc<AtomicU64>,
}

/// The second strategy, beside the first.
pub struct Shadow {
    first: Strategy,
    second: Strategy,
    users: Arc<dyn UserStore>,
    held: Held,
}

/// What the second strategy would have handed out to whom the first knows by a credential.
#[derive(Default)]
struct Held {
    by_credential: HashMap<Key, HeldToken>,
    oldest_first: VecDeque<Key>,
}

#[derive(Clone)]
struct HeldToken {
    who: Who,
    /// Where it has tokens.
    token: Option<SecretText>,
    minted_at: Timestamp,
}

/// The two ends of the queue of decisions: `percent` of a hundred go into it, if there is room.
pub fn tapped(percent: u8) -> (ShadowTap, ShadowDecisions) {
    let (decisions, heard) = channel(WAITING);
    let tap = ShadowTap {
        decisions,
        percent: u64::from(percent),
        count: Arc::default(),
    };
    (tap, ShadowDecisions(heard))
}

/// The decisions that are to be looked at.
#[derive(Debug)]
pub struct ShadowDecisions(Receiver<Seen>);

impl ShadowTap {
    /// Takes note of a decision, if it is its turn and there is room.
    pub(crate) fn note(&self, credential: &Credential, verdict: Verdict) {
        // Evenly spread: of 60 of a hundred it is three of five, and not the first 60.
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        if (count % 100) * self.percent % 100 < self.percent {
            let credential = credential.clone();
            let _ = self.decisions.try_send(Seen {
                credential,
                verdict,
            });
        }
    }
}

impl Shadow {
    /// Both strategies, which are asked from now on without noting any use.
    pub fn new(first: Strategy, second: Strategy, users: Arc<dyn UserStore>) -> Self {
        Self {
            first: first.reading_only(),
            second: second.reading_only(),
            users,
            held: Held::default(),
        }
    }

    /// Looks at decisions for as long as there are any, and tells.
    pub async fn run(mut self, mut decisions: ShadowDecisions, events: Events) {
        while let Some(seen) = decisions.0.recv().await {
            let (who, judgement) = self.look(&seen).await;
            let event = Event::from(EventKind::Shadowed { judgement });
            events.tell(&match who {
                Some(who) => event.of(who.user).in_session(who.session),
                None => event,
            });
        }
    }

    /// Judges one decision of the first strategy.
    pub async fn judge(&mut self, credential: &Credential, verdict: Verdict) -> Judgement {
        let credential = credential.clone();
        let seen = Seen {
            credential,
            verdict,
        };
        self.look(&seen).await.1
    }

    async fn look(&mut self, seen: &Seen) -> (Option<Who>, Judgement) {
        let Credential::Access(_, text) = &seen.credential else {
            return (None, Judgement::Unknown);
        };
        // By its hash, so that no credential is kept.
        let key = key(text);
        let Ok(held) = self.held_for(key, seen.verdict).await else {
            return (None, Judgement::Unknown);
        };
        let Some(held) = held else {
            return (None, Judgement::Unknown);
        };
        let judgement = self.compare(seen, &held).await;
        (Some(held.who), judgement.unwrap_or(Judgement::Unknown))
    }

    async fn compare(&self, seen: &Seen, held: &HeldToken) -> Result<Judgement, AuthError> {
        let mut first = seen.verdict;
        for _ in 0..TRIES {
            let second = self.second_says(held).await?;
            if first == second {
                return Ok(Judgement::Agrees);
            }
            // Either may have been asked before a change, and the other after it.
            let before = self.says(&self.first, &seen.credential).await?;
            let second = self.second_says(held).await?;
            first = self.says(&self.first, &seen.credential).await?;
            if before == first && first != second {
                return Ok(Judgement::Differs { first, second });
            }
        }
        Ok(Judgement::Unknown)
    }

    /// What a strategy says of a credential, by the stores.
    async fn says(
        &self,
        strategy: &Strategy,
        credential: &Credential,
    ) -> Result<Verdict, AuthError> {
        let Some(found) = strategy.authenticate(credential).await? else {
            return Ok(Verdict::Refused);
        };
        let version = found.credentials_version;
        let user = match found.user {
            Some(user) => Some(user),
            None => {
                let user = self.users.find(found.user_id).await?;
                user.and_then(|user| ActiveUser::under(user, version))
            }
        };
        Ok(user.map_or(Verdict::Refused, |user| {
            Verdict::Accepted(Who {
                user: user.id,
                session: found.session_id,
                credentials_version: user.credentials_version,
            })
        }))
    }

    async fn second_says(&self, held: &HeldToken) -> Result<Verdict, AuthError> {
        if let Some(token) = &held.token {
            let credential = Credential::Access(self.second.transport(), token.clone());
            return self.says(&self.second, &credential).await;
        }
        let (session, user) = (held.who.session, held.who.user);
        let found = self.second.sessions().find_by_id(session, user).await?;
        Ok(found.map_or(Verdict::Refused, |(session, user)| {
            Verdict::Accepted(Who {
                user: user.id,
                session: session.id,
                credentials_version: user.credentials_version,
            })
        }))
    }

    /// What somebody would have by the second strategy whose credential is known by the key;
    /// `None` when nobody knows whose it was.
    async fn held_for(
        &mut self,
        key: Key,
        verdict: Verdict,
    ) -> Result<Option<HeldToken>, AuthError> {
        let now = self.first.sessions().now();
        let held = self.held.by_credential.get(&key).cloned();
        let Verdict::Accepted(who) = verdict else {
            return self.still_held(held).await;
        };
        let lifetime = self.second.longest_token_lifetime();
        // Clients renew what they have in good time; by the first one's clock, which is theirs.
        let is_fresh =
            |held: &HeldToken| lifetime.is_zero() || now.since(held.minted_at) < early(lifetime);
        if let Some(held) = held.filter(|held| held.who.session == who.session && is_fresh(held)) {
            return Ok(Some(held));
        }
        let token = match lifetime.is_zero() {
            true => None,
            false => match self.mint(who).await? {
                Some(token) => Some(token),
                None => return Ok(None),
            },
        };
        let held = HeldToken {
            who,
            token,
            minted_at: now,
        };
        self.held.keep(key, held.clone());
        Ok(Some(held))
    }

    /// The same for a refused credential. While its session lives it has merely expired or was
    /// replaced, as what the other strategy would have handed out was too.
    async fn still_held(&self, held: Option<HeldToken>) -> Result<Option<HeldToken>, AuthError> {
        let Some(held) = held else {
            return Ok(None);
        };
        let (session, user) = (held.who.session, held.who.user);
        let found = self.first.sessions().find_by_id(session, user).await?;
        Ok(found.is_none().then_some(held))
    }

    async fn mint(&self, who: Who) -> Result<Option<SecretText>, AuthError> {
        let found = self.first.sessions().find_by_id(who.session, who.user);
        match found.await? {
            Some((session, _)) => self.second.would_mint(&session).map(Some),
            None => Ok(None),
        }
    }
}

/// A while before the end.
fn early(lifetime: Duration) -> Duration {
    lifetime - lifetime / 10
}

/// A credential's hash.
type Key = [u8; 32];

fn key(text: &SecretText) -> Key {
    Sha256::digest(text.reveal()).into()
}

impl Held {
    fn keep(&mut self, key: Key, held: HeldToken) {
        if self.by_credential.insert(key, held).is_none() {
            self.oldest_first.push_back(key);
        }
        if self.oldest_first.len() > KEPT
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.by_credential.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::Transport;

    #[test]
    fn a_percentage_of_the_decisions_is_looked_at() {
        let credential = Credential::Access(Transport::Cookie, SecretText::new("secret"));
        for percent in [1, 10, 34, 60, 99, 100] {
            let (tap, mut decisions) = tapped(percent);
            for _ in 0..200 {
                tap.note(&credential, Verdict::Refused);
            }
            let mut looked_at = 0;
            while decisions.0.try_recv().is_ok() {
                looked_at += 1;
            }
            assert_eq!(looked_at, 2 * usize::from(percent));
        }
    }
}
