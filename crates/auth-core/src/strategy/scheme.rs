//! One way to stay signed in.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::credential::{Format, Transport};
use crate::session::{SecretKind, Successor};

/// One way to stay signed in: what the credential is, and how it travels.
#[derive(Clone)]
pub struct Scheme {
    /// What it is.
    pub format: Arc<dyn Format>,
    /// How it travels.
    pub transport: Transport,
}

/// Tells a [`Scheme`] from the others of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemeId {
    /// What the session's secret is for.
    pub(crate) kind: SecretKind,
    /// How the credential travels.
    pub transport: Transport,
}

impl fmt::Display for SchemeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.kind, self.transport) {
            (SecretKind::Refresh, Transport::Cookie) => "jwt-cookie",
            (kind, _) => kind.credential(),
        })
    }
}

impl Scheme {
    /// A format that travels so.
    pub fn new(format: Arc<dyn Format>, transport: Transport) -> Self {
        Self { format, transport }
    }

    /// Tells it from others.
    pub fn id(&self) -> SchemeId {
        SchemeId {
            kind: self.kind(),
            transport: self.transport,
        }
    }

    /// Its name: `session`, `session-bearer`, `jwt`, `jwt-cookie`; that of the format where
    /// the transport is the one that goes without saying.
    pub fn name(&self) -> String {
        let (name, usual) = match self.format.token_lifetime() {
            Some(_) => (self.format.name(), Transport::Bearer),
            None => ("session", Transport::Cookie),
        };
        match self.transport == usual {
            true => name.to_owned(),
            false => format!("{name}-{}", self.transport.as_str()),
        }
    }

    /// Whether a refresh takes a secret of its own.
    pub fn has_refresh_tokens(&self) -> bool {
        self.kind() != SecretKind::Cookie
    }

    /// How long its tokens last; zero when it has none.
    pub fn token_lifetime(&self) -> Duration {
        self.format.token_lifetime().unwrap_or_default()
    }

    /// What the session's secret is for.
    pub(super) fn kind(&self) -> SecretKind {
        match (self.format.token_lifetime(), self.transport) {
            (Some(_), _) => SecretKind::Refresh,
            (None, Transport::Cookie) => SecretKind::Cookie,
            (None, Transport::Bearer) => SecretKind::Bearer,
        }
    }

    /// What a secret is exchanged for that becomes one of this scheme.
    pub(super) fn successor(&self) -> Successor {
        Successor {
            kind: self.kind(),
            token_lifetime: self.token_lifetime(),
        }
    }
}
