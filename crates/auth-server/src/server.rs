//! What makes one server differ from another: its name, its port and its strategy.

use std::path::PathBuf;
use std::sync::Arc;

use auth_core::{Clock, Format, Transport};
use auth_http::{HttpConfig, TokenIssuer};

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
    pub backend: fn(&Parts<'_>) -> anyhow::Result<Backend>,
}

/// What a strategy is made from.
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

/// What a strategy consists of, beside the sessions.
pub struct Backend {
    /// What its credential is.
    pub format: Arc<dyn Format>,
    /// How its credential travels when nothing is said.
    pub transport: Transport,
    /// Who issues its tokens, and the keys that verify them: published below `/.well-known`.
    pub issuer: Option<TokenIssuer>,
}
