//! On a Redis cluster that all tests share.

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use auth_store::redis::{RedisConfig, RedisStore};
use test_services::{REDIS, RedisCluster, can_run};
use uuid::Uuid;

use super::{Backend, Pair, World};

static CLUSTER: LazyLock<RedisCluster> = LazyLock::new(|| RedisCluster::start().unwrap());

pub struct Store {
    one: Arc<RedisStore>,
    two: Arc<RedisStore>,
}

#[async_trait]
impl Backend for Store {
    async fn open(test: &str) -> Option<Self> {
        if !can_run(test, &[&REDIS]) {
            return None;
        }
        let prefix = format!("test:{}:", Uuid::now_v7());
        Some(Self {
            one: connect(&prefix).await,
            two: connect(&prefix).await,
        })
    }

    fn world(&self) -> World {
        World {
            sessions: Pair(self.one.clone(), self.two.clone()),
            limits: Pair(self.one.clone(), self.two.clone()),
            accounts: None,
            expires_by_itself: true,
        }
    }

    /// The cluster goes with the tests.
    async fn close(self) {}
}

async fn connect(prefix: &str) -> Arc<RedisStore> {
    let config = RedisConfig {
        key_prefix: prefix.to_owned(),
        ..RedisConfig::default()
    };
    Arc::new(RedisStore::connect(&CLUSTER.url(), config).await.unwrap())
}
