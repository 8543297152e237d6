//! Opening the providers that the settings name.

mod dev;
mod presets;

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use auth_core::{Clock, IdentityProvider, Providers};
use auth_http::HttpConfig;
use auth_oauth::{
    DiscordConfig, DiscordProvider, GithubConfig, GithubProvider, OidcConfig, OidcProvider,
    Outbound, OutboundConfig,
};

use crate::pages::Routes;
use crate::server::Server;
use crate::settings::{Environment, Preset, ProviderSpec, Settings};

/// The providers of a server.
#[derive(Default)]
pub(crate) struct OpenProviders {
    /// What people can sign in with.
    pub(crate) providers: Providers,
    /// The built-in one, to be served.
    pub(crate) dev: Option<Routes>,
}

/// Opens the providers that the settings name; where signing in needs one and none is
/// named, the built-in one.
///
/// # Errors
/// One sentence that names the setting and the remedy.
pub(crate) fn open(
    server: &Server,
    settings: &Settings,
    http: &HttpConfig,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<OpenProviders> {
    let mut specs = settings.federation.specs()?;
    if specs.is_empty() && server.needs_provider {
        ensure!(
            settings.is_on_this_machine(),
            "--provider is needed where others reach the server: {} has no other way to sign up",
            server.name
        );
        specs.push("dev".parse().map_err(anyhow::Error::msg)?);
    }
    if specs.is_empty() {
        return Ok(OpenProviders::default());
    }
    let opener = Opener {
        outbound: Outbound::new(OutboundConfig {
            timeout: settings.federation.oauth_timeout,
            allow_loopback_http: settings.env == Environment::Development,
        })?,
        settings,
        http,
        clock,
    };
    let mut dev = None;
    let mut providers: Vec<Arc<dyn IdentityProvider>> = vec![];
    for spec in &specs {
        let provider = opener.open(spec, &mut dev);
        providers.push(provider.with_context(|| format!("--provider {spec} can't be used"))?);
    }
    Ok(OpenProviders {
        providers: Providers::new(providers),
        dev,
    })
}

/// Where a provider of OpenID Connect tells about itself.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// The provider's id in the settings.
    pub provider: String,
    /// Which issuer it has to name.
    pub issuer: String,
    /// The address of its metadata.
    pub url: String,
}

/// Where the providers of OpenID Connect that the settings name tell about themselves. Others
/// have no such place.
///
/// # Errors
/// One sentence that names the setting and the remedy.
pub fn discoveries(settings: &Settings) -> anyhow::Result<Vec<Discovery>> {
    let specs = settings.federation.specs()?;
    let others = [Preset::Github, Preset::Discord, Preset::Dev];
    let open = specs.iter().filter(|spec| !others.contains(&spec.preset));
    open.map(|spec| {
        spec.check()?;
        // Nobody is sent back anywhere by its metadata.
        let config = presets::openid(spec, "https://localhost/callback")?;
        let config = presets::adjusted(spec, config)?;
        Ok(Discovery {
            provider: spec.id()?.to_string(),
            url: config.discovery(),
            issuer: config.issuer,
        })
    })
    .collect()
}

/// What every provider is opened with.
struct Opener<'a> {
    outbound: Outbound,
    settings: &'a Settings,
    http: &'a HttpConfig,
    clock: &'a Arc<dyn Clock>,
}

type Opened = anyhow::Result<Arc<dyn IdentityProvider>>;

impl Opener<'_> {
    fn open(&self, spec: &ProviderSpec, dev: &mut Option<Routes>) -> Opened {
        spec.check()?;
        match spec.preset {
            Preset::Github => self.github(spec),
            Preset::Discord => self.discord(spec),
            Preset::Dev => self.dev(spec, dev),
            _ => self.connect(spec, presets::openid(spec, &self.callback(spec)?)?),
        }
    }

    fn github(&self, spec: &ProviderSpec) -> Opened {
        let (id, secret) = (spec.client_id()?, spec.required_client_secret()?);
        let preset = GithubConfig::github(id, secret, self.callback(spec)?);
        let config = GithubConfig {
            id: spec.id()?,
            name: spec.name.clone().unwrap_or(preset.name),
            web_base: spec.web_base.clone().unwrap_or(preset.web_base),
            api_base: spec.api_base.clone().unwrap_or(preset.api_base),
            scopes: spec.scopes.clone().unwrap_or(preset.scopes),
            ..preset
        };
        let provider = GithubProvider::new(config, self.outbound.clone())?;
        Ok(Arc::new(provider))
    }

    fn discord(&self, spec: &ProviderSpec) -> Opened {
        let (id, secret) = (spec.client_id()?, spec.required_client_secret()?);
        let preset = DiscordConfig::discord(id, secret, self.callback(spec)?);
        let config = DiscordConfig {
            id: spec.id()?,
            name: spec.name.clone().unwrap_or(preset.name),
            scopes: spec.scopes.clone().unwrap_or(preset.scopes),
            ..preset
        };
        let provider = DiscordProvider::new(config, self.outbound.clone())?;
        Ok(Arc::new(provider))
    }

    fn connect(&self, spec: &ProviderSpec, preset: OidcConfig) -> Opened {
        let config = OidcConfig {
            key_cooldown: self.settings.federation.oauth_key_cooldown,
            ..presets::adjusted(spec, preset)?
        };
        let provider = OidcProvider::new(config, self.outbound.clone(), self.clock.clone())?;
        Ok(Arc::new(provider))
    }

    /// Where the provider sends people back to: each has an address of its own, so that no
    /// answer of one is taken for another's (RFC 9700, 4.4.2).
    fn callback(&self, spec: &ProviderSpec) -> anyhow::Result<String> {
        let (origin, base) = (self.http.origin(), &self.http.base_path);
        Ok(format!("{origin}{base}/oauth/{}/callback", spec.id()?))
    }
}
