//! A fresh credential for whoever holds a session's secret.

use super::scheme::{Scheme, SchemeId};
use super::{Issued, Strategy};
use crate::credential::Transport;
use crate::error::AuthError;
use crate::id::{SessionId, UserId};
use crate::secret::Secret;
use crate::session::{Rotation, Session};

/// Where a request has the secret that it wants a fresh credential for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// In its body.
    Body,
    /// In the cookie for refresh tokens; what is presented with every request travels in a header.
    RefreshCookie,
    /// In the same, with a token in the session cookie.
    BesideSessionCookie,
    /// In the session cookie.
    SessionCookie,
}

/// A request for a fresh credential.
#[derive(Clone, Copy, Debug)]
pub struct RefreshRequest<'a> {
    /// The long-lived secret.
    pub secret: &'a Secret,
    /// Where it was.
    pub carrier: Carrier,
    /// How else the client could keep a credential than as it keeps this one, if it says so.
    pub can_keep: Option<Transport>,
}

/// What became of a request for a fresh credential.
#[derive(Clone, Debug)]
pub enum Refreshed {
    /// It was granted.
    Granted(Box<Issued>),
    /// A credential that was spent long ago came back; the session was ended.
    Reused(UserId),
    /// The credential is unknown or dead.
    Refused,
}

impl Carrier {
    /// Whether a secret of this scheme may come so.
    fn brings(self, scheme: &Scheme) -> bool {
        match self {
            Self::Body | Self::RefreshCookie => {
                scheme.has_refresh_tokens() && scheme.transport == Transport::Bearer
            }
            Self::BesideSessionCookie => {
                scheme.has_refresh_tokens() && scheme.transport == Transport::Cookie
            }
            Self::SessionCookie => !scheme.has_refresh_tokens(),
        }
    }

    /// The cookie that it is in.
    pub fn is_refresh_cookie(self) -> bool {
        matches!(self, Self::RefreshCookie | Self::BesideSessionCookie)
    }
}

impl Strategy {
    /// Exchanges the long-lived secret for a fresh credential: of this server's kind if the
    /// client can keep one and it is the session's turn to change over.
    ///
    /// # Errors
    /// When a store fails, or the format can't mint.
    pub async fn refresh(&self, request: RefreshRequest<'_>) -> Result<Refreshed, AuthError> {
        let now = self.sessions.now();
        for scheme in self.schemes(now) {
            if request.carrier.brings(scheme) {
                match self.refresh_from(scheme, &request).await? {
                    Refreshed::Refused => {}
                    done => return Ok(done),
                }
            }
        }
        Ok(Refreshed::Refused)
    }

    async fn refresh_from(
        &self,
        old: &Scheme,
        request: &RefreshRequest<'_>,
    ) -> Result<Refreshed, AuthError> {
        let now = self.sessions.now();
        old.format.is_ready(now)?;
        self.own.format.is_ready(now)?;
        let to = |session: &Session, is_spent| match is_spent {
            true => self.told_again(old, session, request.can_keep),
            false => Some(self.exchanged(old, session, request.can_keep)),
        };
        let into = |session: &Session, is_spent| to(session, is_spent).map(Scheme::successor);
        let rotation = self
            .sessions
            .rotate(old.kind(), request.secret, into)
            .await?;
        let (user, session, secret, again) = match rotation {
            Rotation::Rotated {
                user,
                session,
                secret,
                again,
            } => (user, session, secret, again),
            Rotation::Reused(user) => return Ok(Refreshed::Reused(user)),
            Rotation::Refused => return Ok(Refreshed::Refused),
        };
        match to(&session, again).filter(|scheme| can_keep(old, scheme, request.can_keep)) {
            Some(scheme) => {
                let issued = self.hand(scheme, user, session, secret)?;
                let from = old.id();
                Ok(Refreshed::Granted(Box::new(Issued { from, ..issued })))
            }
            None => Ok(Refreshed::Refused),
        }
    }

    /// The scheme that a credential in force is exchanged for.
    fn exchanged<'a>(
        &'a self,
        old: &'a Scheme,
        session: &Session,
        other: Option<Transport>,
    ) -> &'a Scheme {
        let own = &self.own;
        let changes_over = self.is_to_change_over(old.id(), session.id);
        match changes_over && can_keep(old, own, other) {
            true => own,
            false => old,
        }
    }

    /// That of the successor that a spent credential has already, best one that the client can
    /// keep; `None` when this server knows no such credential.
    fn told_again<'a>(
        &'a self,
        old: &'a Scheme,
        session: &Session,
        other: Option<Transport>,
    ) -> Option<&'a Scheme> {
        let first = self.exchanged(old, session, other);
        let others = self.schemes(self.sessions.now());
        let all = [first, old].into_iter().chain(others);
        let mut all = all.filter(|scheme| scheme.kind() == session.kind);
        let best = all.clone().find(|scheme| can_keep(old, scheme, other));
        best.or_else(|| all.next())
    }

    /// Whether somebody signed in by this scheme is to ask for a credential of this server's own.
    pub fn is_to_change_over(&self, by: SchemeId, session: SessionId) -> bool {
        by != self.own.id() && self.bridge.as_ref().is_some_and(|it| it.concerns(session))
    }
}

/// Whether a client that keeps credentials of one scheme can keep those of another. `other` is the
/// transport that it says it can keep as well.
fn can_keep(one: &Scheme, scheme: &Scheme, other: Option<Transport>) -> bool {
    scheme.transport == one.transport || other == Some(scheme.transport)
}
