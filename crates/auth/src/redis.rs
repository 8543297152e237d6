//! Sessions on Redis, where that is built in.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::{Meter, StoreError};
use auth_store::Lease;

use crate::error::StartError;
use crate::shared_store::SharedStore;

/// A store whose state can be asked for.
#[async_trait]
pub(crate) trait Dependency: Send + Sync {
    /// Whether it answers.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Whether it takes writes.
    async fn check(&self) -> Result<(), StoreError>;
}

type Opened = (SharedStore, Arc<dyn Dependency>);

/// Connects to the Redis of this URL.
#[cfg(feature = "redis")]
pub(crate) async fn open(
    url: &str,
    timeout: Duration,
    lease: Lease,
    meter: &Meter,
) -> Result<Opened, StartError> {
    use auth_store::redis::{RedisConfig, RedisStore};

    let timeouts = RedisConfig {
        connect_timeout: timeout,
        command_timeout: timeout,
        lease,
        ..RedisConfig::default()
    };
    let redis = RedisStore::connect(url, timeouts).await;
    let redis = redis.map_err(|error| StartError::SessionStore(error.into()))?;
    let redis = Arc::new(redis.measured_by(meter.clone()));
    Ok((SharedStore::of(&redis), redis))
}

#[cfg(feature = "redis")]
#[async_trait]
impl Dependency for auth_store::redis::RedisStore {
    async fn ping(&self) -> Result<(), StoreError> {
        self.ping().await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.check().await
    }
}

/// Refuses: this build has no Redis.
#[cfg(not(feature = "redis"))]
pub(crate) async fn open(_: &str, _: Duration, _: Lease, _: &Meter) -> Result<Opened, StartError> {
    let remedy = "this build has no Redis: build it with the feature `redis`";
    Err(StartError::SessionStore(remedy.into()))
}
