//! What makes one server differ from another: its name, its port and its strategy.

use std::path::PathBuf;
use std::sync::Arc;

use actix_web::Scope;
use actix_web::web::ServiceConfig;
use auth_core::{Clock, Registry, Strategy};
use auth_http::{HttpConfig, Mount, TokenIssuer};

use crate::settings::Settings;

/// A server binary.
#[derive(Clone, Copy)]
pub struct Server {
    /// The name of the binary.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// The port it listens on when nothing is said.
    pub port: u16,
    /// Whether people sign in through providers first of all, so that it offers the one in
    /// the box when none is set.
    pub needs_provider: bool,
    /// Readies its strategy: whatever can be refused is refused here, before any store is
    /// opened.
    pub backend: fn(&Parts<'_>) -> anyhow::Result<Prepared>,
}

/// Makes a strategy that keeps its sessions in a registry.
pub type Prepared = Box<dyn FnOnce(Registry) -> anyhow::Result<Backend>>;

/// What a strategy is made from, beside the registry of signed-in devices.
pub struct Parts<'a> {
    /// The settings.
    pub settings: &'a Settings,
    /// How the contract is served.
    pub http: &'a HttpConfig,
    /// The source of time.
    pub clock: Arc<dyn Clock>,
    /// Where keys are kept.
    pub data_dir: PathBuf,
}

/// A strategy, and what it needs from HTTP.
pub struct Backend {
    pub(crate) strategy: Arc<dyn Strategy>,
    pub(crate) mount: Mount,
    pub(crate) issuer: Option<TokenIssuer>,
}

impl Backend {
    /// A strategy that needs nothing around its routes.
    pub fn new(strategy: impl Strategy + 'static) -> Self {
        Self::shared(Arc::new(strategy))
    }

    /// The same for a strategy that others hold as well.
    pub fn shared(strategy: Arc<dyn Strategy>) -> Self {
        Self {
            strategy,
            mount: Arc::new(|app, scope| {
                app.service(scope);
            }),
            issuer: None,
        }
    }

    /// Wraps the contract's routes, for instance into the middleware of a cookie.
    #[must_use]
    pub fn mounted(
        mut self,
        mount: impl Fn(&mut ServiceConfig, Scope) + Send + Sync + 'static,
    ) -> Self {
        self.mount = Arc::new(mount);
        self
    }

    /// Publishes who issues the strategy's tokens, and the keys that verify them, below
    /// `/.well-known`.
    #[must_use]
    pub fn publishing(
        mut self,
        issuer: String,
        keys: impl Fn() -> serde_json::Value + Send + Sync + 'static,
    ) -> Self {
        self.issuer = Some(TokenIssuer {
            name: issuer,
            keys: Arc::new(keys),
        });
        self
    }
}
