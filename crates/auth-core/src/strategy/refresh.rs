//! A fresh credential for whoever holds a session's secret.

use super::scheme::{Scheme, SchemeId};
use super::{Issued, Strategy};
use crate::credential::Transport;
use crate::error::AuthError;
use crate::id::{SessionId, UserId};
use crate::secret::Secret;
use crate::session::{Rotation, SecretKind, Session};

/// Where a request has the secret that it wants a fresh credential for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// In its body.
    Body,
    /// In the cookie for refresh tokens.
    RefreshCookie,
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
            Self::Body => scheme.has_refresh_tokens() && scheme.transport == Transport::Bearer,
            Self::RefreshCookie => scheme.has_refresh_tokens(),
            Self::SessionCookie => !scheme.has_refresh_tokens(),
        }
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
        let next = |session: &Session| self.next(old, session, request.can_keep);
        let into = |session: &Session| next(session).map(Scheme::successor);
        let secret = request.secret;
        Ok(
            match self.sessions.rotate(old.kind(), secret, into).await? {
                Rotation::Rotated {
                    user,
                    session,
                    secret,
                } => match next(&session) {
                    Some(scheme) => {
                        let issued = Self::hand(&self.sessions, scheme, user, session, secret)?;
                        let from = old.id();
                        Refreshed::Granted(Box::new(Issued { from, ..issued }))
                    }
                    None => Refreshed::Refused,
                },
                Rotation::Reused(user) => Refreshed::Reused(user),
                Rotation::Refused => Refreshed::Refused,
            },
        )
    }

    /// The scheme that a credential of this one is exchanged for; `None` for none, as it was
    /// exchanged already for what this server doesn't know.
    fn next<'a>(
        &'a self,
        old: &'a Scheme,
        session: &Session,
        can_keep: Option<Transport>,
    ) -> Option<&'a Scheme> {
        if session.kind != old.kind() {
            return self.of_kind(session.kind, can_keep);
        }
        let can_keep = old.transport == self.own.transport || can_keep == Some(self.own.transport);
        let changes_over = can_keep && self.is_to_change_over(old.id(), session.id);
        Some(if changes_over { &self.own } else { old })
    }

    /// The scheme of a session of this kind, best one that its client says it can keep.
    fn of_kind(&self, kind: SecretKind, can_keep: Option<Transport>) -> Option<&Scheme> {
        let mut those = self
            .schemes(self.sessions.now())
            .filter(|one| one.kind() == kind);
        let best = those
            .clone()
            .find(|scheme| can_keep.is_none_or(|transport| scheme.transport == transport));
        best.or_else(|| those.next())
    }

    /// Whether somebody signed in by this scheme is to ask for a credential of this server's own.
    pub fn is_to_change_over(&self, by: SchemeId, session: SessionId) -> bool {
        by != self.own.id() && self.bridge.as_ref().is_some_and(|it| it.concerns(session))
    }
}
