//! Accounts and sessions, made by the tool and looked at behind its back.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use auth_core::identity::{ProviderId, Subject};
use auth_core::identity_store::Linked;
use auth_core::mail::Room;
use auth_core::session::{Lifetimes, Opening, SecretKind, SessionKey, SessionManagerConfig};
use auth_core::strategy::AuthenticationEvent;
use auth_core::{
    Authority, Clock as _, Device, Effects, Hasher, HasherConfig, Identity, IdentityId,
    IdentityStore as _, LimitStore as _, OutboxEntry, Password, Rule, Secret, SessionManager,
    SessionStore, SystemClock, User, UserStore as _, Username,
};
use auth_core::{Outbox as _, SessionId, UserId};
use auth_store::{Database, DatabaseConfig};
use serde_json::Value;

use crate::place::RUNTIME;
use crate::tool::{Authctl, Outcome};

pub const PASSWORD: &str = "analytical engine no. 1";

/// The arguments that make an account.
pub fn creating<'a>(name: &'a str, email: &'a str) -> Vec<&'a str> {
    let names = ["--first-name", "Ada", "--last-name", "Lovelace"];
    let account = ["user", "create", name, "--email", email, "--json"];
    [&account[..], &names].concat()
}

/// Tries to make an account with a password.
pub fn create_with(tool: &Authctl, name: &str, password: &str, more: &[&str]) -> Outcome {
    let email = format!("{name}@example.org");
    let args = [&creating(name, &email), more, &["--password-stdin"]].concat();
    tool.run_with(password, &args)
}

/// Makes an account with a password.
pub fn create(tool: &Authctl, name: &str) -> Value {
    create_with(tool, name, PASSWORD, &[]).done().json()["user"].take()
}

/// Tries to make an account without a password.
pub fn invite_with(tool: &Authctl, name: &str, email: &str, more: &[&str]) -> Outcome {
    tool.run(&[&creating(name, email), more, &["--invite"]].concat())
}

/// Makes an account without a password.
pub fn invite(tool: &Authctl, name: &str) -> Value {
    let email = format!("{name}@example.org");
    invite_with(tool, name, &email, &[]).done().json()["user"].take()
}

/// The database as a server sees it.
pub struct Server {
    database: Arc<Database>,
    sessions: Arc<dyn SessionStore>,
}

/// Somebody who is signed in.
pub struct SignedIn {
    id: SessionId,
    user: UserId,
    secret: Secret,
}

impl Server {
    pub fn on(tool: &Authctl) -> Self {
        let url = tool.database_url().parse().unwrap();
        let config = DatabaseConfig::default();
        let database = Database::connect(&url, &config);
        let database = Arc::new(RUNTIME.block_on(database).unwrap());
        let sessions = database.clone();
        Self { database, sessions }
    }

    /// The same, with sessions elsewhere.
    pub fn with_sessions(self, sessions: Arc<dyn SessionStore>) -> Self {
        Self { sessions, ..self }
    }

    /// Where its users are kept.
    pub fn users(&self) -> &Database {
        &self.database
    }

    pub fn user(&self, name: &str) -> User {
        let name = Username::parse("username", name).unwrap();
        let found = RUNTIME.block_on(self.database.find_by_username(&name));
        found.unwrap().unwrap()
    }

    pub fn sign_in(&self, name: &str) -> SignedIn {
        let opening = Opening {
            user: &self.user(name),
            device: &Device::new("test", IpAddr::V4(Ipv4Addr::LOCALHOST)),
            proof: AuthenticationEvent {
                at: SystemClock.now(),
                remember: false,
                identity: None,
                assurance: Default::default(),
            },
            kind: SecretKind::Cookie,
            token_lifetime: Duration::ZERO,
        };
        let (session, secret) = RUNTIME.block_on(self.registry().open(opening)).unwrap();
        SignedIn {
            id: session.id,
            user: session.user_id,
            secret,
        }
    }

    /// Whether a server still takes the session's secret.
    pub fn takes(&self, who: &SignedIn) -> bool {
        let registry = self.registry();
        let found = registry.find(SecretKind::Cookie, &who.secret);
        RUNTIME.block_on(found).unwrap().is_some()
    }

    /// Whether the store still has the session.
    pub fn keeps(&self, who: &SignedIn) -> bool {
        let key = SessionKey::Id(who.id, who.user);
        let found = self.sessions.get(&key);
        RUNTIME.block_on(found).unwrap().is_some()
    }

    /// Gives the account an identity at a provider.
    pub fn link(&self, name: &str, provider: &str) {
        let user = self.user(name);
        let now = SystemClock.now();
        let identity = Identity {
            id: IdentityId::generate(),
            provider: ProviderId::from_stored(provider.to_owned()),
            subject: Subject {
                issuer: format!("https://{provider}.example"),
                name: name.to_owned(),
            },
            email: Some(format!("{name}@{provider}.example")),
            linked_at: now,
        };
        let by = Authority {
            credentials_version: user.credentials_version,
            session: None,
            at: now,
        };
        let none = Effects::none();
        let linked = self.database.link(user.id, &by, &identity, none);
        assert_eq!(RUNTIME.block_on(linked).unwrap(), Linked::Linked);
    }

    /// Counts a failed sign-in, of which one is free; whether the next has to wait.
    pub fn fails_to_sign_in(&self, name: &str) -> bool {
        let key = format!("sign-in:account:{}", self.user(name).id);
        let rule = Rule::fixed(1, Duration::from_secs(600));
        let hit = self.database.hit(&key, &rule, SystemClock.now());
        RUNTIME.block_on(hit).unwrap().is_some()
    }

    /// Whether this is the account's password.
    pub fn has_password(&self, name: &str, password: &str) -> bool {
        let hasher = Hasher::start(HasherConfig {
            cost: "m=64,t=1,p=1".parse().unwrap(),
            threads: 1,
            queue: 1,
            deadline: Duration::from_secs(30),
        });
        let (user, password) = (self.user(name), Password::new(password));
        let hasher = hasher.unwrap();
        let verdict = hasher.verify(&password, user.password_hash.as_ref());
        RUNTIME.block_on(verdict).unwrap().matches
    }

    /// Takes the queued mails out: whom they go to, and what they are about.
    pub fn mails(&self) -> Vec<(String, &'static str)> {
        let now = SystemClock.now() + Duration::from_secs(1);
        let (until, room) = (now + Duration::from_secs(60), Room::for_any(100));
        let claimed = self.database.claim(now, until, &room);
        let mails = RUNTIME.block_on(claimed).unwrap();
        let mail = |mail: &OutboxEntry| (mail.to.to_string(), mail.kind.as_str());
        mails.iter().map(mail).collect()
    }

    fn registry(&self) -> SessionManager {
        let lifetimes = Lifetimes {
            idle: Duration::from_secs(600),
            absolute: Duration::from_secs(600),
        };
        let config = SessionManagerConfig {
            ordinary: lifetimes,
            remembered: lifetimes,
            reuse_window: Duration::ZERO,
            max_per_user: 20,
            clock_leeway: Duration::ZERO,
        };
        let (sessions, users) = (self.sessions.clone(), self.database.clone());
        SessionManager::new(sessions, users, Arc::new(SystemClock), config)
    }
}
