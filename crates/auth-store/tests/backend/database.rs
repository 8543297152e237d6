//! What both databases share.

use std::sync::Arc;

use auth_store::{Database, DatabaseConfig, DatabaseUrl, migrate};

use super::{Accounts, Pair, World};

/// Two connected handles on a database that has the schema.
pub struct Handles(Arc<Database>, Arc<Database>);

impl Handles {
    pub async fn open(url: &str) -> Self {
        let url: DatabaseUrl = url.parse().unwrap();
        migrate::apply(&url).await.unwrap();
        Self(connect(&url).await, connect(&url).await)
    }

    pub fn world(&self) -> World {
        let Self(one, two) = self;
        World {
            sessions: Pair(one.clone(), two.clone()),
            limits: Pair(one.clone(), two.clone()),
            accounts: Some(Accounts {
                users: Pair(one.clone(), two.clone()),
                sign_ups: Pair(one.clone(), two.clone()),
                tokens: Pair(one.clone(), two.clone()),
                outbox: Pair(one.clone(), two.clone()),
                identities: Pair(one.clone(), two.clone()),
                flows: Pair(one.clone(), two.clone()),
                factors: Pair(one.clone(), two.clone()),
                audit: Pair(one.clone(), two.clone()),
                api_keys: Pair(one.clone(), two.clone()),
                webhooks: Pair(one.clone(), two.clone()),
            }),
            expires_by_itself: false,
        }
    }
}

async fn connect(url: &DatabaseUrl) -> Arc<Database> {
    let database = Database::connect(url, &DatabaseConfig::default()).await;
    Arc::new(database.unwrap())
}
