//! Whether the strategies beside the one in force are other ones.

use std::path::PathBuf;

use anyhow::ensure;
use auth_core::{Scheme, Transport};
use clap::ValueEnum as _;
use comprehensive_auth::Parts;

use crate::server::StrategySettings;
use crate::settings::{CredentialKind, Settings};

/// Refuses a bridge to what is honoured anyhow, and a shadow that could only agree.
///
/// # Errors
/// One sentence that names the setting and the remedy.
pub(crate) fn check(
    settings: &Settings,
    strategy: &dyn StrategySettings,
    parts: &Parts<'_>,
) -> anyhow::Result<()> {
    let bridge = &settings.bridge;
    if bridge.bridge.is_empty() && bridge.shadow.is_none() {
        return Ok(());
    }
    let own = own_kind(settings, strategy, parts)?;
    let mut seen = vec![own.clone()];
    for kind in bridge.bridge.iter().copied().map(name) {
        ensure!(
            !seen.contains(&kind),
            "--bridge {kind} names what is honoured anyhow: leave it out"
        );
        seen.push(kind);
    }
    let shadow = bridge.shadow.map(name);
    ensure!(
        shadow.as_ref() != Some(&own),
        "--shadow {own} is the strategy in force: name another one, or leave it out"
    );
    Ok(())
}

/// A kind as the setting spells it, which is also how its scheme is called.
fn name(kind: CredentialKind) -> String {
    let value = kind.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

/// The kind of credential that the server itself hands out.
///
/// Only a strategy that is ready tells it, and tokens make a key when there is none, which a mere
/// check must not do. So it is readied where nothing can be made: whatever fails there needs keys,
/// and its credentials are tokens.
fn own_kind(
    settings: &Settings,
    strategy: &dyn StrategySettings,
    parts: &Parts<'_>,
) -> anyhow::Result<String> {
    let nowhere = Settings {
        data_dir: PathBuf::from("/dev/null"),
        ..settings.clone()
    };
    let ready = strategy.strategy(&nowhere)?.backend(parts);
    Ok(match (ready, settings.transport) {
        (Ok(backend), _) => Scheme::new(backend.format, backend.transport).name(),
        (Err(_), Some(Transport::Cookie)) => name(CredentialKind::JwtCookie),
        (Err(_), _) => name(CredentialKind::Jwt),
    })
}
