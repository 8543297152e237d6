//! The axes of the grid: what is served, and from what.

use std::time::Duration;

use auth_testkit::process::Program;
use clap::ValueEnum;

use crate::lab::record::Setup;

/// How users stay signed in. Sign-in is by password everywhere, also on oauth-server: the
/// proof of who somebody is, by a provider or otherwise, is another thing than what is
/// compared here, and costs the same whatever follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Strategy {
    /// session-server: an opaque secret in a cookie.
    Session,
    /// session-server: an opaque secret in a header.
    SessionBearer,
    /// jwt-server that asks no store whether a token was revoked.
    JwtStateless,
    /// jwt-server that looks at the list of the revoked.
    JwtDenylist,
    /// jwt-server that looks at the session.
    JwtChecked,
    /// jwt-server whose tokens travel in cookies, with the list of the revoked.
    JwtCookie,
    /// oauth-server that issues sessions.
    OauthSession,
    /// oauth-server that issues tokens, with the list of the revoked.
    OauthJwt,
}

impl Strategy {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Session,
        Self::SessionBearer,
        Self::JwtStateless,
        Self::JwtDenylist,
        Self::JwtChecked,
        Self::JwtCookie,
        Self::OauthSession,
        Self::OauthJwt,
    ];

    /// Its name in the record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::SessionBearer => "session-bearer",
            Self::JwtStateless => "jwt-stateless",
            Self::JwtDenylist => "jwt-denylist",
            Self::JwtChecked => "jwt-checked",
            Self::JwtCookie => "jwt-cookie",
            Self::OauthSession => "oauth-session",
            Self::OauthJwt => "oauth-jwt",
        }
    }

    /// Whether it signs access tokens.
    pub const fn has_tokens(self) -> bool {
        !matches!(
            self,
            Self::Session | Self::SessionBearer | Self::OauthSession
        )
    }

    /// Whether a signed-out access token works until it expires.
    pub const fn is_stateless(self) -> bool {
        matches!(self, Self::JwtStateless)
    }

    /// The server.
    pub const fn program(self) -> Program {
        match self {
            Self::Session | Self::SessionBearer => Program::SessionServer,
            Self::JwtStateless | Self::JwtDenylist | Self::JwtChecked | Self::JwtCookie => {
                Program::JwtServer
            }
            Self::OauthSession | Self::OauthJwt => Program::OauthServer,
        }
    }

    /// What the server is told for it.
    pub const fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Session => &[],
            Self::SessionBearer => &["--transport", "bearer"],
            Self::JwtStateless => &["--revocation", "stateless"],
            Self::JwtDenylist => &["--revocation", "denylist"],
            Self::JwtChecked => &["--revocation", "checked"],
            Self::JwtCookie => &["--transport", "cookie"],
            Self::OauthSession => &["--issue", "session"],
            Self::OauthJwt => &["--issue", "jwt", "--revocation", "denylist"],
        }
    }
}

/// Where sessions, revoked tokens and limits are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Store {
    /// In the server, the users in SQLite.
    Memory,
    /// In SQLite, with the users.
    Sqlite,
    /// On Redis, the users in PostgreSQL: as deployed on several nodes, so that one node is
    /// comparable with several.
    Redis,
    /// In PostgreSQL, with the users.
    Postgres,
}

impl Store {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Memory, Self::Sqlite, Self::Redis, Self::Postgres];

    /// Its name in the record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Sqlite => "sqlite",
            Self::Redis => "redis",
            Self::Postgres => "postgres",
        }
    }

    /// Whether it is at the other end of a network.
    pub const fn is_remote(self) -> bool {
        matches!(self, Self::Redis | Self::Postgres)
    }

    /// Whether a PostgreSQL server takes part.
    pub const fn needs_postgres(self) -> bool {
        self.is_remote()
    }

    /// Whether a Redis server takes part.
    pub const fn needs_redis(self) -> bool {
        matches!(self, Self::Redis)
    }
}

/// What signs access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Algorithm {
    /// Ed25519.
    #[value(name = "EdDSA")]
    EdDsa,
    /// ECDSA on P-256.
    #[value(name = "ES256")]
    Es256,
    /// HMAC-SHA-256.
    #[value(name = "HS256")]
    Hs256,
}

impl Algorithm {
    /// Its name on the command line and in the record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Hs256 => "HS256",
        }
    }
}

/// When the signature of an access token is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum SignatureCheck {
    /// Once: the server remembers tokens whose signature was good, as it does by default.
    Once,
    /// At each request: what everybody pays whose tokens are more than a server remembers.
    Always,
}

/// A point of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deployment {
    /// How users stay signed in.
    pub strategy: Strategy,
    /// Where sessions are kept.
    pub store: Store,
    /// How many servers share the stores.
    pub nodes: u32,
    /// What the stores are further away than this machine makes them, for a round trip.
    pub rtt: Duration,
    /// What signs access tokens, where there are any.
    pub algorithm: Algorithm,
    /// When their signature is checked.
    pub check: SignatureCheck,
}

impl Deployment {
    /// One node on this machine.
    pub const fn of(strategy: Strategy, store: Store) -> Self {
        Self {
            strategy,
            store,
            nodes: 1,
            rtt: Duration::ZERO,
            algorithm: Algorithm::EdDsa,
            check: SignatureCheck::Once,
        }
    }

    /// What signs access tokens and when that is checked, in the record.
    fn signature(&self) -> String {
        match self.check {
            SignatureCheck::Once => self.algorithm.name().to_owned(),
            SignatureCheck::Always => format!("{}, checked always", self.algorithm.name()),
        }
    }

    /// Whether there is such a thing: nothing in one server's memory is shared by several,
    /// nothing is far away that is not remote, and only tokens are signed.
    pub fn makes_sense(&self) -> bool {
        let shared = self.nodes == 1 || self.store != Store::Memory;
        let near = self.rtt.is_zero() || self.store.is_remote();
        let unsigned = (Algorithm::EdDsa, SignatureCheck::Once);
        let signed = self.strategy.has_tokens() || (self.algorithm, self.check) == unsigned;
        self.nodes > 0 && shared && near && signed
    }

    /// The same in the record.
    pub fn setup(&self) -> Setup {
        let tokens = self.strategy.has_tokens();
        Setup {
            strategy: self.strategy.name().to_owned(),
            store: self.store.name().to_owned(),
            nodes: self.nodes,
            store_rtt_us: u64::try_from(self.rtt.as_micros()).unwrap_or(u64::MAX),
            algorithm: tokens.then(|| self.signature()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_deployed_makes_sense() {
        let sense = |strategy, store, nodes, ms, algorithm| {
            let rtt = Duration::from_millis(ms);
            Deployment {
                strategy,
                store,
                nodes,
                rtt,
                algorithm,
                check: SignatureCheck::Once,
            }
            .makes_sense()
        };
        use Algorithm::{EdDsa, Hs256};
        assert!(sense(Strategy::Session, Store::Redis, 3, 5, EdDsa));
        assert!(sense(Strategy::Session, Store::Sqlite, 2, 0, EdDsa));
        assert!(sense(Strategy::OauthJwt, Store::Memory, 1, 0, Hs256));
        assert!(!sense(Strategy::Session, Store::Memory, 2, 0, EdDsa));
        assert!(!sense(Strategy::Session, Store::Sqlite, 1, 1, EdDsa));
        assert!(!sense(Strategy::OauthSession, Store::Sqlite, 1, 0, Hs256));
        assert!(!sense(Strategy::Session, Store::Sqlite, 0, 0, EdDsa));
    }
}
