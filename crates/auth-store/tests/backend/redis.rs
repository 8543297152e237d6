//! On Redis, under a key prefix of its own.

use std::sync::Arc;

use async_trait::async_trait;
use auth_store::redis::{RedisConfig, RedisStore};
use deadpool_redis::redis;
use test_services::given;
use uuid::Uuid;

use super::{Backend, Pair, World};

pub struct Store {
    url: String,
    prefix: String,
    one: Arc<RedisStore>,
    two: Arc<RedisStore>,
}

#[async_trait]
impl Backend for Store {
    async fn open(test: &str) -> Option<Self> {
        let url = given("TEST_REDIS_URL", test)?;
        let prefix = format!("test:{}:", Uuid::now_v7());
        Some(Self {
            one: connect(&url, &prefix).await,
            two: connect(&url, &prefix).await,
            url,
            prefix,
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

    async fn close(self) {
        let keys: Vec<String> = query(&self.url, &["KEYS", &format!("{}*", self.prefix)]).await;
        for key in keys {
            let _: () = query(&self.url, &["DEL", &key]).await;
        }
    }
}

async fn connect(url: &str, prefix: &str) -> Arc<RedisStore> {
    let config = RedisConfig {
        key_prefix: prefix.to_owned(),
        ..RedisConfig::default()
    };
    Arc::new(RedisStore::connect(url, config).await.unwrap())
}

async fn query<T: redis::FromRedisValue>(url: &str, words: &[&str]) -> T {
    let client = redis::Client::open(url).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut command = redis::Cmd::new();
    command.arg(words);
    command.query_async(&mut connection).await.unwrap()
}
