//! This node among those of its database: telling the others of it, and hearing of them.

use std::sync::Arc;
use std::time::Duration;

use auth_core::session::{Others, Peers};
use auth_core::{Clock, SessionStore, StoreError, Strategy};
use auth_store::{Database, ServerNote};
use tracing::{info, warn};

use crate::stores::OpenStores;

/// How often.
pub(crate) const EVERY: Duration = Duration::from_secs(10);

/// Whoever has been silent for so long is gone.
pub(crate) const GONE_AFTER: Duration = Duration::from_secs(30);

/// What the store of the sessions is called when it is the database itself.
const DATABASE: &str = "database";

/// This node among those of its database.
pub(crate) struct Node {
    database: Arc<Database>,
    sessions: Arc<dyn SessionStore>,
    peers: Arc<Peers>,
    clock: Arc<dyn Clock>,
    clock_leeway: Duration,
    id: String,
    access_ttl: Duration,
}

impl Node {
    /// A node of this name, unique on its machine, that issues what this strategy does.
    pub(crate) fn new(
        stores: &OpenStores,
        strategy: &Strategy,
        clock: Arc<dyn Clock>,
        name: &str,
    ) -> Self {
        let sessions = strategy.sessions();
        Self {
            database: stores.database.clone(),
            sessions: stores.shared.sessions.clone(),
            peers: sessions.peers().clone(),
            clock,
            clock_leeway: sessions.clock_leeway(),
            id: format!("{} {name}", machine()),
            access_ttl: strategy.longest_token_lifetime(),
        }
    }

    /// What it is called among the others.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The first exchange; that it fails keeps nobody from starting.
    pub(crate) async fn introduce(&self) {
        if let Err(error) = self.exchange().await {
            warn!(%error, "the other servers could not be asked");
        }
    }

    /// Tells of this server, and takes note of the others: they may keep their sessions in
    /// another store, where nobody here can end them.
    pub(crate) async fn exchange(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let identity = self.sessions.identity().await?;
        let own = ServerNote {
            id: self.id.clone(),
            session_store: identity.unwrap_or_else(|| DATABASE.to_owned()),
            access_ttl: self.access_ttl,
            tells: true,
        };
        self.database.announce(&own, now).await?;
        let heard_since = now - GONE_AFTER - self.clock_leeway;
        let mut others = self.database.announced(heard_since).await?;
        others.retain(|other| other.id != own.id);
        let elsewhere = others
            .iter()
            .find(|other| other.session_store != own.session_store);
        let silent = others.iter().find(|other| !other.tells);
        let longest = others.iter().map(|other| other.access_ttl).max();
        let before = self.peers.note(Others {
            is_elsewhere: elsewhere.is_some(),
            is_silent: silent.is_some(),
            longest_ttl: longest.unwrap_or_default(),
            count: others.len(),
        });
        tell_of_silence(silent, before.is_silent);
        let news = before.is_elsewhere != elsewhere.is_some();
        match elsewhere {
            Some(other) if news => warn!(
                other = other.id,
                "another server of this database keeps its sessions in another store: devices \
                 that are signed in there are neither listed nor signed out from here; give \
                 all servers the same --session-store"
            ),
            None if news => info!("all servers of this database share one session store"),
            _ => {}
        }
        Ok(())
    }

    /// Takes leave of the others, who would wait for its silence otherwise.
    pub(crate) async fn leave(&self) {
        if let Err(error) = self.database.retract(&self.id).await {
            warn!(%error, "could not take leave of the other servers");
        }
    }

    /// Forgets servers that ended long ago without a word.
    pub(crate) async fn forget(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.database.forget_servers(now - GONE_AFTER * 120).await
    }
}

fn tell_of_silence(silent: Option<&ServerNote>, was_there: bool) {
    match silent {
        Some(other) if !was_there => info!(
            other = other.id,
            "a server of an earlier version runs on this database, and does not tell whom it \
             signs out: every request asks the stores until it is gone"
        ),
        None if was_there => info!("no server of an earlier version runs on this database"),
        _ => {}
    }
}

/// The name of this machine, if the system tells it.
fn machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
    name.map(|name| name.trim().to_owned()).unwrap_or_default()
}
