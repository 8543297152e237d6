//! In memory.

use std::sync::Arc;

use async_trait::async_trait;
use auth_store::memory::MemoryStore;

use super::{Backend, Pair, World};

pub struct Store(Arc<MemoryStore>);

#[async_trait]
impl Backend for Store {
    async fn open(_test: &str) -> Option<Self> {
        Some(Self(Arc::new(MemoryStore::new())))
    }

    fn world(&self) -> World {
        World {
            sessions: Pair(self.0.clone(), self.0.clone()),
            limits: Pair(self.0.clone(), self.0.clone()),
            accounts: None,
            expires_by_itself: false,
        }
    }

    async fn close(self) {}
}
