//! What a process can tell of how it is doing.

use auth_core::cache::CacheState;
use auth_core::mail::Backlog;
use auth_core::password::HasherLoad;
use auth_core::webhook::WebhookBacklog;
use auth_core::{Clock as _, Outbox, StoreError, SystemClock, Timestamp, WebhookStore};
use auth_store::{PoolState, SeenServer};

use crate::auth::Auth;
use crate::node::GONE_AFTER;

/// The most sessions that are counted, which bounds how long that takes.
const SESSIONS_AT_MOST: u32 = 100_000;

/// The most mails, and deliveries to a webhook, that are counted: each is a row that is read.
const MAILS_AT_MOST: u32 = 10_000;
const DELIVERIES_AT_MOST: u32 = 10_000;

/// What is known without asking a store.
#[derive(Clone, Copy, Debug)]
pub struct OwnState {
    /// The threads that hash passwords.
    pub hasher: HasherLoad,
    /// The cache of credentials, if there is one.
    pub cache: Option<CacheState>,
    /// The servers of the database that are running, with this one.
    pub servers: usize,
    /// The connections to the database, where there are pools of them.
    pub pool: Option<PoolState>,
}

/// What the stores tell.
#[derive(Clone, Copy, Debug)]
pub struct StoreState {
    /// The mails that wait; at most 10 000 are counted.
    pub mail: Backlog,
    /// What webhooks are still to be sent; at most 10 000 deliveries are counted of each.
    pub webhooks: WebhookBacklog,
    /// The live sessions, where the store can count them cheaply; at most 100 000 are.
    pub sessions: Option<u64>,
    /// Whether reads may be answered from memory: all changes can be learned.
    pub answers_from_memory: bool,
}

/// A server of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeState {
    /// What it is called.
    pub name: String,
    /// Whether it is this one.
    pub is_own: bool,
    /// When it last told of itself.
    pub seen_at: Timestamp,
    /// Whether it keeps its sessions where this one does.
    pub shares_sessions: bool,
    /// Whether it tells the others what it ends, and waits for their leases; earlier versions
    /// don't.
    pub tells: bool,
}

impl Auth {
    /// What is known without asking a store: a few loads.
    pub fn own_state(&self) -> OwnState {
        let accounts = self.api().accounts();
        let peers = accounts.strategy().sessions().peers();
        OwnState {
            hasher: accounts.hasher_load(),
            cache: accounts.cache(),
            servers: peers.count() + 1,
            pool: self.stores().database.pool(),
        }
    }

    /// The servers of the database that told of themselves lately, this one first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn nodes(&self) -> Result<Vec<NodeState>, StoreError> {
        let sessions = self.api().accounts().strategy().sessions();
        let since = SystemClock.now() - GONE_AFTER - sessions.clock_leeway();
        let seen = self.stores().database.servers_seen(since).await?;
        let own = seen.iter().find(|one| one.note.id == self.node());
        let store = own.map(|own| own.note.session_store.clone());
        let node = |one: SeenServer| NodeState {
            is_own: one.note.id == self.node(),
            seen_at: one.seen_at,
            shares_sessions: Some(&one.note.session_store) == store.as_ref(),
            tells: one.note.tells,
            name: one.note.id,
        };
        let mut nodes: Vec<_> = seen.into_iter().map(node).collect();
        nodes.sort_by(|a, b| (!a.is_own, &a.name).cmp(&(!b.is_own, &b.name)));
        Ok(nodes)
    }

    /// What the stores tell, by one bounded statement each.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn store_state(&self) -> Result<StoreState, StoreError> {
        let stores = self.stores();
        let now = SystemClock.now();
        let sessions = &stores.shared.sessions;
        Ok(StoreState {
            mail: Outbox::backlog(&*stores.database, MAILS_AT_MOST).await?,
            webhooks: WebhookStore::backlog(&*stores.database, DELIVERIES_AT_MOST).await?,
            sessions: sessions.live(SESSIONS_AT_MOST, now).await?,
            answers_from_memory: self.api().accounts().answers_from_memory().await,
        })
    }
}
