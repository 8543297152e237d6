//! The strategies beside the one in force: those that are honoured, and one that looks on.

use comprehensive_auth::{Bridge, Shadow};

use crate::server::StrategySettings;
use crate::settings::Settings;

/// What is honoured beside the strategy.
pub(crate) fn bridge(
    settings: &Settings,
    strategy: &dyn StrategySettings,
) -> anyhow::Result<Bridge> {
    let bridge = &settings.bridge;
    let others = bridge.bridge.iter();
    let others = others.map(|kind| strategy.bridged(*kind, settings));
    Ok(Bridge {
        from: others.collect::<anyhow::Result<_>>()?,
        percent: bridge.bridge_percent,
        until: bridge.bridge_until,
    })
}

/// What decides beside the strategy.
pub(crate) fn shadow(
    settings: &Settings,
    strategy: &dyn StrategySettings,
) -> anyhow::Result<Option<Shadow>> {
    let bridge = &settings.bridge;
    let second = bridge.shadow.map(|kind| strategy.bridged(kind, settings));
    let second = second.transpose()?;
    Ok(second.map(|strategy| Shadow {
        strategy,
        percent: bridge.shadow_percent,
    }))
}
