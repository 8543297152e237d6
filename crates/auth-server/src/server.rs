//! What makes one server differ from another: its name, its port and its strategy.

use anyhow::bail;
use comprehensive_auth::Strategy;

use crate::settings::{CredentialKind, Settings};

/// A server binary.
#[derive(Clone, Copy, Debug)]
pub struct Server {
    /// The name of the binary.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// The port it listens on when nothing is said.
    pub port: u16,
    /// Whether people sign in through providers first of all, so that it offers the built-in
    /// one when none is set.
    pub needs_provider: bool,
}

/// The settings that a strategy has beside those of every server.
pub trait StrategySettings: Send + Sync {
    /// The strategy, as it is set up.
    ///
    /// # Errors
    /// One sentence that names the setting and the remedy.
    fn strategy(&self, settings: &Settings) -> anyhow::Result<Box<dyn Strategy>>;

    /// Checks what can be told before a store is opened; by default nothing.
    ///
    /// # Errors
    /// As [`strategy`](Self::strategy).
    fn check(&self, _settings: &Settings) -> anyhow::Result<()> {
        Ok(())
    }

    /// Another strategy, whose credentials `--bridge` has honoured too.
    ///
    /// # Errors
    /// As [`strategy`](Self::strategy); by default always.
    fn bridged(
        &self,
        _kind: CredentialKind,
        _settings: &Settings,
    ) -> anyhow::Result<Box<dyn Strategy>> {
        bail!("this server has one strategy: leave --bridge and --shadow out")
    }
}
