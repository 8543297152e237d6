//! The log of ended sessions and the leases on it, as Redis keeps them: what the protocol of
//! [`auth_revocation`] asks, each call one script. The scripts on sessions write the log.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::StoreError;
use auth_revocation::{
    Answer, Committed, Entry, Incarnation, Lease, Listed, Name, Position, ServerId, Standing,
};
use deadpool_redis::redis::FromRedisValue;
use uuid::Uuid;

use super::RedisConfig;
use super::address::Address;
use super::connections::SharedConnections;
use super::record::broken;
use super::scripts::{self, LogScripts, Script};
use crate::leases::{LeaseStore, Look};

/// The most entries that are read at once. Whoever is further behind forgets what it knew.
const MOST: u32 = 10_000;

/// A connection of its own to one server, or to the one that Sentinels name.
pub(super) struct Log {
    url: String,
    config: RedisConfig,
    scripts: Arc<LogScripts>,
    connections: Option<SharedConnections>,
}

/// What `renew.lua` answers: the head, the server, and entries.
type Renewed = Option<(String, String, String, Vec<String>)>;

/// What `look.lua` answers: the head, the server and whether it is settled, nonces, and members.
type Seen = (
    String,
    String,
    String,
    bool,
    Vec<String>,
    Vec<(String, String)>,
);

impl Log {
    pub(super) fn new(url: String, config: RedisConfig, scripts: Arc<LogScripts>) -> Self {
        let config = RedisConfig {
            connections: 1,
            ..config
        };
        Self {
            url,
            config,
            scripts,
            connections: None,
        }
    }

    fn call_of<'a>(&self, script: &'a Script) -> scripts::Call<'a> {
        begin(script, &self.config.key_prefix)
    }

    async fn invoke<T: FromRedisValue>(&self, call: &scripts::Call<'_>) -> Result<T, StoreError> {
        let none = || StoreError::Unavailable("there is no connection".into());
        self.connections
            .as_ref()
            .ok_or_else(none)?
            .invoke(call)
            .await
    }
}

#[async_trait]
impl LeaseStore for Log {
    async fn connect(&mut self) -> Result<bool, StoreError> {
        let is_open = |open: &SharedConnections| open.breaks() == 0;
        if self.connections.as_ref().is_some_and(is_open) {
            return Ok(false);
        }
        let connections = super::open(Address::parse(&self.url)?, &self.config).await?;
        // A user may lack the right to listen, and learns of changes when it asks for them.
        let channel = format!("{}log:news", self.config.key_prefix);
        let _ = connections.subscribe(&channel).await;
        self.connections = Some(connections);
        Ok(true)
    }

    fn disconnect(&mut self) {
        self.connections = None;
    }

    async fn join(&mut self, incarnation: Incarnation, lease: Lease) -> Result<Answer, StoreError> {
        let mut join = self.call_of(&self.scripts.join);
        let lease = u64::try_from(lease.length().as_millis()).unwrap_or(u64::MAX);
        join.arg(text(incarnation)).arg(lease);
        join.arg(Uuid::now_v7().to_string());
        let (number, id, server): (String, String, String) = self.invoke(&join).await?;
        Ok(Answer::Joined {
            head: position(&number, &id)?,
            server: ServerId(server.into()),
        })
    }

    async fn renew(
        &mut self,
        incarnation: Incarnation,
        applied: Position,
        on: &ServerId,
    ) -> Result<Answer, StoreError> {
        let mut renew = self.call_of(&self.scripts.renew);
        renew.arg(text(incarnation)).arg(applied.number);
        renew.arg(applied.id.simple().to_string()).arg(&*on.0);
        renew.arg(MOST);
        let renewed: Renewed = self.invoke(&renew).await?;
        let Some((number, id, server, entries)) = renewed else {
            return Ok(Answer::Unknown);
        };
        let entries: Result<_, _> = entries.iter().map(|text| entry(text)).collect();
        Ok(Answer::Renewed {
            head: position(&number, &id)?,
            server: ServerId(server.into()),
            base: applied,
            entries: entries?,
        })
    }

    async fn look(&mut self, entries: &[u64], _sync: bool) -> Result<Look, StoreError> {
        let mut look = self.call_of(&self.scripts.look);
        look.arg(entries);
        let (number, id, server, is_settled, nonces, members) = self.invoke::<Seen>(&look).await?;
        let ids = nonces.iter().map(|nonce| nonce.parse().ok());
        let found = entries.iter().zip(ids);
        let members: Result<_, _> = members.iter().map(listed).collect();
        Ok(Look {
            head: position(&number, &id)?,
            server: ServerId(server.into()),
            standing: match is_settled {
                true => Standing::Settled,
                false => Standing::Unsettled,
            },
            entries: found
                .filter_map(|(number, id)| Some((*number, id?)))
                .collect(),
            members: members?,
        })
    }

    async fn close(
        &mut self,
        change: &Committed,
        evict: &[Incarnation],
        settle: bool,
    ) -> Result<bool, StoreError> {
        let mut close = self.call_of(&self.scripts.close);
        close.arg(&*change.server.0).arg(change.number);
        close.arg(change.id.simple().to_string());
        close.arg(u8::from(settle));
        for member in evict {
            close.arg(text(*member));
        }
        self.invoke(&close).await
    }

    async fn leave(&mut self, incarnation: Incarnation) -> Result<(), StoreError> {
        let mut leave = self.call_of(&self.scripts.leave);
        leave.arg(text(incarnation));
        self.invoke(&leave).await
    }

    async fn news(&mut self) {
        match &self.connections {
            Some(connections) => connections.news().await,
            None => std::future::pending().await,
        }
    }
}

/// A call on the log, with the argument that all of them take.
pub(super) fn begin<'a>(script: &'a Script, prefix: &str) -> scripts::Call<'a> {
    let mut call = script.key(format!("{prefix}log:state"));
    call.arg(prefix);
    call
}

fn text(incarnation: Incarnation) -> String {
    incarnation.0.to_string()
}

fn position(number: &str, id: &str) -> Result<Position, StoreError> {
    let read = || Some((number.parse().ok()?, id.parse().ok()?));
    let (number, id) = read().ok_or_else(|| broken("the log's position"))?;
    Ok(Position { number, id })
}

fn entry(text: &str) -> Result<Entry, StoreError> {
    let mut parts = text.split(' ');
    let mut read = || {
        let (number, id, _at) = (parts.next()?, parts.next()?, parts.next()?);
        Some((number.parse().ok()?, id.parse().ok()?, parts.next()?))
    };
    let (number, id, session) = read().ok_or_else(|| broken("an entry of the log"))?;
    // Ids of another form are none of ours.
    let session = session.parse().ok().map(Name::Session);
    Ok(Entry {
        number,
        id,
        names: session.into_iter().collect(),
    })
}

fn listed((incarnation, facts): &(String, String)) -> Result<Listed, StoreError> {
    let mut facts = facts.split(' ').map(|fact| fact.parse().ok());
    let mut read = || {
        let incarnation = Incarnation(incarnation.parse().ok()?);
        let (lease, applied, granted) = (facts.next()??, facts.next()??, facts.next()??);
        let lease = Lease::new(Duration::from_millis(lease)).unwrap_or(Lease::MAX);
        Some(Listed {
            incarnation,
            lease,
            applied,
            granted,
        })
    };
    read().ok_or_else(|| broken("a reader of the log"))
}
