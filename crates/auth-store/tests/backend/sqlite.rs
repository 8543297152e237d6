//! In a SQLite file of its own.

use async_trait::async_trait;
use tempfile::TempDir;

use super::database::Handles;
use super::{Backend, World};

pub struct Store {
    // Deleted when dropped.
    _folder: TempDir,
    handles: Handles,
}

#[async_trait]
impl Backend for Store {
    async fn open(_test: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("auth.db").display());
        Some(Self {
            handles: Handles::open(&url).await,
            _folder: folder,
        })
    }

    fn world(&self) -> World {
        self.handles.world()
    }

    async fn close(self) {}
}
