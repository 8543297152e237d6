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
    },
    /// The secret was spent long ago; the session was ended.
    Reused(UserId),
    /// No live session has this secret.
    Refused,
}

/// A secret of some kind, and the successor that it is to get if it is in force.
struct Presented<'a> {
    kind: SecretKind,
    secret: &'a Secret,
    known_by: Fingerprint,
    salt: Salt,
}

impl SessionManager {
    /// Exchanges a secret for its successor. Of any number of calls at once with one secret
    /// that is in force, one spends it, and the others are told what it got.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn rotate(
        &self,
        kind: SecretKind,
        presented: &Secret,
        token_lifetime: Duration,
    ) -> Result<Rotation, AuthError> {
        let now = self.now();
        let presented = self.presented(kind, presented);
        let exchange = Exchange {
            presented: presented.known_by.secret,
            now,
            tokens_until: self.tokens_until(now, token_lifetime),
            reuse_window: self.config.reuse_window,
        };
        let key = SessionKey::AnySecret(presented.known_by);
        for _ in 0..TRIES {
            let found = self.live(&key, now).await?;
            let Some(found) = found.filter(|found| found.session.kind == kind) else {
                return Ok(Rotation::Refused);
            };
            if let Some(rotation) = self.turn(&presented, &exchange, found).await? {
                return Ok(rotation);
            }
        }
        Err(contended())
    }

    fn presented<'a>(&self, kind: SecretKind, secret: &'a Secret) -> Presented<'a> {
        let known_by = kind.known_by(secret).fingerprint();
        let shard = Shard::of_secret(&known_by.secret);
        let salt = self.draw(shard, Salt::generate, |salt| {
            kind.known_by(&secret.successor(salt)).hash()
        });
        Presented {
            kind,
            secret,
            known_by,
            salt,
        }
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
                let change = presented.change(&next);
                (next, presented.salt, Some(change))
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
                user,
                session: next,
                secret: presented.secret.successor(&salt),
            },
            None => Rotation::Refused,
        }))
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
    /// The change that spends the secret, and makes the session this one.
    fn change(&self, session: &Session) -> SecretChange {
        let next = self.secret.successor(&self.salt);
        SecretChange {
            spent: self.known_by,
            next: self.kind.known_by(&next).fingerprint(),
            salt: self.salt,
            // By the clock of those that saw the session which is furthest ahead.
            at: session.last_seen_at,
        }
    }
}
