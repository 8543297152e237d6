//! In a SQLite file of its own.

use async_trait::async_trait;
use tempfile::TempDir;

use super::database::Handles;
use super::{Backend, World, plans};

pub struct Store {
    // Deleted when dropped.
    folder: TempDir,
    handles: Handles,
}

#[async_trait]
impl Backend for Store {
    async fn open(_test: &str) -> Option<Self> {
        plans::listen();
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("auth.db").display());
        Some(Self {
            handles: Handles::open(&url).await,
            folder,
        })
    }

    fn world(&self) -> World {
        self.handles.world()
    }

    async fn check(&self) {
        plans::check_sqlite(&self.folder.path().join("auth.db"));
    }

    async fn close(self) {}
}
