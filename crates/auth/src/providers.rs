//! Providers that are made when the address is known that they send people back to.

use std::sync::Arc;
use std::time::Duration;

use auth_core::error::BoxError;
use auth_core::identity::ProviderId;
use auth_core::{Clock, IdentityProvider, Providers, SecretText};
use auth_http::HttpConfig;
use auth_oauth::{
    GithubConfig, GithubProvider, OidcConfig, OidcProvider, Outbound, OutboundConfig,
};

use crate::error::StartError;

/// How long to wait for a provider.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What a provider is made from.
pub struct ProviderSetup {
    /// Its id, which names it in addresses.
    pub id: ProviderId,
    /// Where it sends people back to: to be registered with it.
    pub callback: String,
    /// Requests to it go out by this.
    pub outbound: Outbound,
    /// The source of time.
    pub clock: Arc<dyn Clock>,
}

type Made = Result<Arc<dyn IdentityProvider>, BoxError>;

/// A provider that is yet to be made.
pub(crate) struct Pending {
    id: ProviderId,
    make: Box<dyn FnOnce(ProviderSetup) -> Made>,
}

impl Pending {
    pub(crate) fn new(id: ProviderId, make: impl FnOnce(ProviderSetup) -> Made + 'static) -> Self {
        let make = Box::new(make);
        Self { id, make }
    }
}

/// Makes the pending ones, and adds them to the others.
pub(crate) fn open(
    ready: Providers,
    pending: Vec<Pending>,
    http: &HttpConfig,
    clock: &Arc<dyn Clock>,
) -> Result<Providers, StartError> {
    if pending.is_empty() {
        return Ok(ready);
    }
    let outbound = Outbound::new(OutboundConfig {
        timeout: TIMEOUT,
        allow_loopback_http: !http.is_https(),
    });
    let outbound = outbound.map_err(|error| StartError::Setting(error.to_string()))?;
    let mut made = vec![];
    for Pending { id, make } in pending {
        let callback = format!("{}{}/oauth/{id}/callback", http.origin(), http.base_path);
        let provider = make(ProviderSetup {
            id: id.clone(),
            callback,
            outbound: outbound.clone(),
            clock: clock.clone(),
        });
        let provider = provider.map_err(|error| {
            StartError::Setting(format!("the provider {id} can't be used: {error}"))
        })?;
        made.push(provider);
    }
    Ok(ready.and(made))
}

pub(crate) fn google(setup: &ProviderSetup, client_id: &str, secret: String) -> Made {
    let config = OidcConfig::google(client_id, SecretText::new(secret), &setup.callback);
    let provider = OidcProvider::new(config, setup.outbound.clone(), setup.clock.clone())?;
    Ok(Arc::new(provider))
}

pub(crate) fn github(setup: &ProviderSetup, client_id: &str, secret: String) -> Made {
    let config = GithubConfig::github(client_id, SecretText::new(secret), &setup.callback);
    Ok(Arc::new(GithubProvider::new(
        config,
        setup.outbound.clone(),
    )?))
}
