//! The stores that the suite runs on.

pub mod cluster;
pub mod database;
pub mod memory;
pub mod plans;
pub mod postgres;
pub mod redis;
pub mod sqlite;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_trait::async_trait;
use auth_core::{
    ApiKeyStore, AuditStore, FactorStore, FlowStore, IdentityStore, LimitStore, Outbox,
    SessionStore, SignUpStore, TokenStore, UserStore, WebhookStore,
};
use futures_util::FutureExt as _;

/// A throwaway store.
#[async_trait]
pub trait Backend: Sized + Sync {
    /// Makes one for a test; nothing when the test can't run here.
    async fn open(test: &str) -> Option<Self>;

    /// What the test works on.
    fn world(&self) -> World;

    /// Looks at how a case that went well was answered.
    async fn check(&self) {}

    /// Leaves nothing behind.
    async fn close(self);
}

/// Two handles on one store, as two processes would hold them.
pub struct Pair<T: ?Sized>(pub Arc<T>, pub Arc<T>);

impl<T: ?Sized> Pair<T> {
    /// The handle of the `n`th of many callers, who use both in turn.
    pub fn handle(&self, n: usize) -> Arc<T> {
        Arc::clone(if n.is_multiple_of(2) {
            &self.0
        } else {
            &self.1
        })
    }
}

/// What a case works on.
pub struct World {
    pub sessions: Pair<dyn SessionStore>,
    pub limits: Pair<dyn LimitStore>,
    /// Absent where the store keeps no users.
    pub accounts: Option<Accounts>,
    /// Whether the store drops what is over by itself, and so has nothing to purge.
    pub expires_by_itself: bool,
}

/// What only databases keep.
pub struct Accounts {
    pub users: Pair<dyn UserStore>,
    pub sign_ups: Pair<dyn SignUpStore>,
    pub tokens: Pair<dyn TokenStore>,
    pub outbox: Pair<dyn Outbox>,
    pub identities: Pair<dyn IdentityStore>,
    pub flows: Pair<dyn FlowStore>,
    pub factors: Pair<dyn FactorStore>,
    pub audit: Pair<dyn AuditStore>,
    pub api_keys: Pair<dyn ApiKeyStore>,
    pub webhooks: Pair<dyn WebhookStore>,
}

/// Runs a case on a store of its own, and cleans up whatever comes of it. The test goes by
/// its path, whose first part, the crate, test runners leave out.
pub async fn run<B: Backend, F: Future<Output = ()>>(test: &str, case: impl FnOnce(World) -> F) {
    let test = test.split_once("::").map_or(test, |(_, name)| name);
    let Some(backend) = B::open(test).await else {
        return;
    };
    let checked = async {
        case(backend.world()).await;
        backend.check().await;
    };
    let outcome = AssertUnwindSafe(checked).catch_unwind().await;
    backend.close().await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}
