//! The provider and what its owner can do to it.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::error::Unspecified;
use thiserror::Error;

use crate::grants::Grants;
use crate::keys::{KeyRing, SigningKey};
use crate::{Client, Config, ConfigError, Endpoint, Person};

/// An OpenID Connect provider that keeps everything in memory. Clones are handles of the
/// same provider.
#[derive(Clone)]
pub struct DevProvider(Arc<State>);

struct State {
    issuer: String,
    config: Config,
    clients: Mutex<Vec<Client>>,
    keys: Mutex<KeyRing>,
    grants: Mutex<Grants>,
    discovery_issuer: Mutex<Option<String>>,
    outage: AtomicBool,
    requests: [AtomicU64; Endpoint::COUNT],
}

/// Why there is no provider.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProviderError {
    /// It can't be set up like this.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The machine gave no randomness for a key.
    #[error("no signing key could be made")]
    Key,
}

impl From<Unspecified> for ProviderError {
    fn from(_: Unspecified) -> Self {
        Self::Key
    }
}

impl DevProvider {
    /// A provider with a new key.
    ///
    /// # Errors
    /// The configuration can't be used, or no key can be made.
    pub fn new(config: Config) -> Result<Self, ProviderError> {
        let issuer = config.issuer()?;
        for client in &config.clients {
            client.check()?;
        }
        Ok(Self(Arc::new(State {
            issuer,
            clients: Mutex::new(config.clients.clone()),
            keys: Mutex::new(KeyRing::new(SigningKey::generate()?)),
            grants: Mutex::default(),
            discovery_issuer: Mutex::default(),
            outage: AtomicBool::new(false),
            requests: Default::default(),
            config,
        })))
    }

    /// The issuer identifier, without a slash at the end.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Takes one more client; one with the same id is replaced.
    ///
    /// # Errors
    /// A redirect URI can't be one.
    pub fn add_client(&self, client: Client) -> Result<(), ConfigError> {
        client.check()?;
        let mut clients = lock(&self.0.clients);
        clients.retain(|known| known.id != client.id);
        clients.push(client);
        Ok(())
    }

    /// Changes the signing key. The one before stays in the JWKS until the next change.
    ///
    /// # Errors
    /// No key can be made.
    pub fn rotate_key(&self) -> Result<(), ProviderError> {
        let key = SigningKey::generate()?;
        lock(&self.0.keys).rotate(key);
        Ok(())
    }

    /// Makes the JWKS hold this many keys, at least one. The one that signs stays, as the last.
    ///
    /// # Errors
    /// No key can be made.
    pub fn publish_keys(&self, count: usize) -> Result<(), ProviderError> {
        let missing = count.saturating_sub(lock(&self.0.keys).len());
        let new: Result<_, _> = (0..missing).map(|_| SigningKey::generate()).collect();
        let mut keys = lock(&self.0.keys);
        keys.add_idle(new?);
        keys.keep(count);
        Ok(())
    }

    /// From now on, or no longer, every request is answered with 503.
    pub fn set_outage(&self, outage: bool) {
        self.0.outage.store(outage, Ordering::Relaxed);
    }

    /// Makes the discovery document name this issuer, or the true one again.
    pub fn discovery_issuer(&self, issuer: Option<&str>) {
        *lock(&self.0.discovery_issuer) = issuer.map(str::to_owned);
    }

    /// How many requests this endpoint got so far.
    pub fn requests(&self, endpoint: Endpoint) -> u64 {
        self.0.requests[endpoint as usize].load(Ordering::Relaxed)
    }

    pub(crate) fn count(&self, endpoint: Endpoint) {
        self.0.requests[endpoint as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn is_out(&self) -> bool {
        self.0.outage.load(Ordering::Relaxed)
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    /// The path of the issuer; empty at the root.
    pub(crate) fn path(&self) -> &str {
        self.0.config.issuer.path().trim_end_matches('/')
    }

    pub(crate) fn client(&self, id: &str) -> Option<Client> {
        let clients = lock(&self.0.clients);
        clients.iter().find(|client| client.id == id).cloned()
    }

    pub(crate) fn person(&self, subject: &str) -> Option<&Person> {
        let people = &self.0.config.people;
        people.iter().find(|person| person.subject == subject)
    }

    pub(crate) fn keys(&self) -> MutexGuard<'_, KeyRing> {
        lock(&self.0.keys)
    }

    pub(crate) fn grants(&self) -> MutexGuard<'_, Grants> {
        lock(&self.0.grants)
    }

    /// The issuer that discovery names.
    pub(crate) fn named_issuer(&self) -> String {
        let other = lock(&self.0.discovery_issuer).clone();
        other.unwrap_or_else(|| self.0.issuer.clone())
    }

    pub(crate) fn token_lifetime(&self) -> Duration {
        self.0.config.token_lifetime
    }
}

impl fmt::Debug for DevProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("DevProvider");
        shown
            .field("issuer", &self.0.issuer)
            .finish_non_exhaustive()
    }
}

/// No step under these locks can leave something half done, so a panic elsewhere in it
/// does no harm.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
