//! Exchanging a session's secret for its successor.

use std::time::Duration;

use super::{SessionManager, TRIES, contended};
use crate::error::AuthError;
use crate::id::UserId;
use crate::secret::{Fingerprint, Salt, Secret};
use crate::session::state::{Exchange, Turn};
use crate::session::{Found, SecretChange, SecretKind, Session, SessionKey, Shard};
use crate::user::User;

/// What became of a presented secret that asks for its successor.
#[derive(Clone, Debug)]
pub enum Rotation {
    /// The successor is in force.
    Rotated {
        /// Whose session it is.
        user: User,
        /// The session.
        session: Session,
        /// The successor.
        secret: Secret,
        /// Whether the secret had been exchanged before, and is told its successor again.
        again: bool,
    },
    /// The secret was spent long ago; the session was ended.
    Reused(UserId),
    /// No live session has this secret.
    Refused,
}

/// What a secret is exchanged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Successor {
    /// What the successor is for.
    pub kind: SecretKind,
    /// How long access tokens last that go with it; zero when there are none.
    pub token_lifetime: Duration,
}

/// A secret that is presented as one of some kind.
struct Presented<'a> {
    kind: SecretKind,
    secret: &'a Secret,
    known_by: Fingerprint,
}

impl SessionManager {
    /// Exchanges a secret for its successor. Of any number of calls at once with one secret
    /// that is in force, one spends it, and the others are told what it got.
    ///
    /// `into` says what a secret in force is exchanged for, and of one that was spent before, and
    /// so has a successor of the kind that the session is now, what goes with that. `None`: nothing.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn rotate(
        &self,
        kind: SecretKind,
        presented: &Secret,
        into: impl Fn(&Session, bool) -> Option<Successor>,
    ) -> Result<Rotation, AuthError> {
        let now = self.now();
        let presented = Presented {
            kind,
            secret: presented,
            known_by: kind.known_by(presented).fingerprint(),
        };
        let key = SessionKey::AnySecret(presented.known_by);
        for _ in 0..TRIES {
            let found = self.live(&key, now).await?;
            let found = found.filter(|found| presented.may_be_of(found));
            let successor = found.as_ref().and_then(|found| {
                let is_spent = found.secret != presented.known_by.secret;
                into(&found.session, is_spent)
            });
            let Some((found, successor)) = found.zip(successor) else {
                return Ok(Rotation::Refused);
            };
            let exchange = Exchange {
                presented: presented.known_by.secret,
                now,
                kind: successor.kind,
                tokens_until: self.tokens_until(now, successor.token_lifetime),
                reuse_window: self.config.reuse_window,
            };
            if let Some(rotation) = self.turn(&presented, &exchange, found).await? {
                return Ok(rotation);
            }
        }
        Err(contended())
    }

    /// Does what is to be done with a session as it was read; nothing when it has changed
    /// since.
    async fn turn(
        &self,
        presented: &Presented<'_>,
        exchange: &Exchange,
        mut found: Found,
    ) -> Result<Option<Rotation>, AuthError> {
        let (next, salt, change) = match exchange.decide(&found) {
            Turn::Spend(next) => {
                let salt = self.salt(presented, next.kind);
                let change = presented.change(&next, salt);
                (next, salt, Some(change))
            }
            Turn::Repeat(next, salt) => (next, salt, None),
            Turn::End => return self.end_reused(&found.session).await.map(Some),
        };
        // Nothing is spent while the owner can't be looked up: the client would hear of an
        // outage, keep the old secret, and be taken for a thief with it afterwards.
        if self.owner(&next, found.user.take()).await?.is_none() {
            return Ok(Some(Rotation::Refused));
        }
        // Of many who are told the same, those who came before another have nothing to write.
        let differs = change.is_some() || next != found.session;
        let (store, change) = (&self.sessions, change.as_ref());
        if differs && !store.replace(&found, &next, change, exchange.now).await? {
            return Ok(None);
        }
        Ok(Some(match self.owner(&next, None).await? {
            Some(user) => Rotation::Rotated {
                user: user.into_inner(),
                session: next,
                secret: presented.secret.successor(&salt),
                again: change.is_none(),
            },
            None => Rotation::Refused,
        }))
    }

    /// A salt by which the secret has a successor that can be kept where it is.
    fn salt(&self, presented: &Presented<'_>, kind: SecretKind) -> Salt {
        let shard = Shard::of_secret(&presented.known_by.secret);
        self.draw(shard, Salt::generate, |salt| {
            kind.known_by(&presented.secret.successor(salt)).hash()
        })
    }

    /// Ends a session of which two parties have secrets. Whatever else becomes of it meanwhile
    /// makes them no fewer.
    async fn end_reused(&self, session: &Session) -> Result<Rotation, AuthError> {
        let user = session.user_id;
        Ok(match self.end(None, user, &[session.id]).await? {
            Some(1..) => Rotation::Reused(user),
            _ => Rotation::Refused,
        })
    }
}

impl Presented<'_> {
    /// Whether the session has or had it as a secret of its kind. One in force is of the
    /// session's kind, and nothing of any other. One that was spent may have been of another; if
    /// nothing was exchanged since, its successor is the session's secret, and that of what was
    /// derived from it, such as an access token, is not.
    fn may_be_of(&self, found: &Found) -> bool {
        let kind = found.session.kind;
        if found.secret == self.known_by.secret {
            return kind == self.kind;
        }
        let latest = found.spent.filter(|spent| spent.is_latest);
        latest.is_none_or(|spent| {
            let next = self.secret.successor(&spent.salt);
            kind.known_by(&next).hash() == found.secret
        })
    }

    /// The change that spends the secret, and makes the session this one.
    fn change(&self, session: &Session, salt: Salt) -> SecretChange {
        let next = self.secret.successor(&salt);
        SecretChange {
            spent: self.known_by,
            next: session.kind.known_by(&next).fingerprint(),
            salt,
            // By the clock of those that saw the session which is furthest ahead.
            at: session.last_seen_at,
        }
    }
}
