//! Sign-in by Discord: OAuth 2.0, and its API instead of an ID token
//! (<https://discord.com/developers/docs/topics/oauth2>).

use async_trait::async_trait;
use auth_core::SecretText;
use auth_core::identity::{Answer, Challenge, ProviderId, Subject};
use auth_core::{Clock as _, IdentityProvider, ProvenIdentity, ProviderError, SystemClock};
use url::Url;

use crate::client::{ClientAuth, ClientSecret};
use crate::code::CodeFlow;
use crate::config::{ConfigError, address, redirect_uri};
use crate::fault::Fault;
use crate::outbound::Outbound;
use crate::profile::{ClaimNames, Profile, Reading, TrustEmail};

/// What Discord is set up with.
#[derive(Clone, Debug)]
pub struct DiscordConfig {
    /// Its name in URLs and settings.
    pub id: ProviderId,
    /// Its name for people.
    pub name: String,
    /// Who we are there.
    pub client_id: String,
    /// The proof of it.
    pub client_secret: SecretText,
    /// Where people come back to, as registered there.
    pub redirect_uri: String,
    /// The address of the site, without a slash at its end; the issuer of the identities.
    pub base: String,
    /// What is asked for.
    pub scopes: Vec<String>,
}

impl DiscordConfig {
    /// discord.com, with the scopes `identify email`.
    pub fn discord(
        client_id: impl Into<String>,
        client_secret: SecretText,
        redirect_uri: impl Into<String>,
    ) -> Self {
        Self {
            id: ProviderId::from_stored("discord".to_owned()),
            name: "Discord".to_owned(),
            client_id: client_id.into(),
            client_secret,
            redirect_uri: redirect_uri.into(),
            base: "https://discord.com".to_owned(),
            scopes: ["identify", "email"].map(str::to_owned).into(),
        }
    }
}

/// Discord. It can't be asked for a fresh sign-in, only to have the person agree anew, and
/// states no time of the last one, so [`ProvenIdentity::auth_time`] is always empty.
pub struct DiscordProvider {
    config: DiscordConfig,
    secret: ClientSecret,
    reading: Reading,
    outbound: Outbound,
}

impl DiscordProvider {
    /// Discord by these settings.
    ///
    /// # Errors
    /// When one of the addresses can't be one.
    pub fn new(config: DiscordConfig, outbound: Outbound) -> Result<Self, ConfigError> {
        address(&config.base, &outbound)?;
        redirect_uri(&config.redirect_uri)?;
        let names = ClaimNames {
            email_verified: Some("verified".to_owned()),
            name: "global_name".to_owned(),
            username: "username".to_owned(),
            ..ClaimNames::default()
        };
        Ok(Self {
            secret: ClientSecret::Shared(config.client_secret.clone()),
            reading: Reading {
                names,
                trust: TrustEmail::Boolean,
            },
            config,
            outbound,
        })
    }

    fn flow(&self) -> CodeFlow<'_> {
        CodeFlow {
            client_id: &self.config.client_id,
            secret: &self.secret,
            redirect_uri: &self.config.redirect_uri,
            scopes: &self.config.scopes,
            pkce: true,
        }
    }

    fn endpoint(&self, path: &str) -> Result<Url, Fault> {
        let url = Url::parse(&format!("{}{path}", self.config.base));
        url.map_err(|_| Fault::rejected("base_url is no address"))
    }

    fn start(&self, challenge: &Challenge) -> Result<String, Fault> {
        let prompt = match challenge.authenticated_since {
            Some(_) => "consent",
            None => "none",
        };
        let endpoint = self.endpoint("/oauth2/authorize")?;
        self.flow()
            .authorization_url(&endpoint, challenge, &[("prompt", prompt)])
    }

    async fn finish(
        &self,
        answer: &Answer,
        challenge: &Challenge,
    ) -> Result<ProvenIdentity, Fault> {
        let endpoint = self.endpoint("/api/oauth2/token")?;
        let (shown, now) = ((answer, challenge), SystemClock.now());
        let flow = self.flow();
        let tokens = flow.redeem(&self.outbound, &endpoint, ClientAuth::Post, shown, now);
        let token = tokens.await?.access_token;
        let url = self.endpoint("/api/users/@me")?;
        let json = [("accept", "application/json")];
        let account = self
            .outbound
            .get_as(&token, "the account", url.as_str(), &json);
        let account = account.await?.object()?;
        let subject = Subject {
            issuer: self.config.base.clone(),
            name: account.required("id")?.to_owned(),
        };
        Ok(Profile::read(&account, &self.reading).proves(subject, None))
    }
}

#[async_trait]
impl IdentityProvider for DiscordProvider {
    fn id(&self) -> &ProviderId {
        &self.config.id
    }

    fn name(&self) -> &str {
        &self.config.name
    }

    fn issuer(&self) -> &str {
        &self.config.base
    }

    async fn authorization_url(&self, challenge: &Challenge) -> Result<String, ProviderError> {
        Ok(self.start(challenge)?)
    }

    async fn identify(
        &self,
        answer: &Answer,
        challenge: &Challenge,
    ) -> Result<ProvenIdentity, ProviderError> {
        Ok(self.finish(answer, challenge).await?)
    }
}
