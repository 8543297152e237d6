//! Sign-in by GitHub: OAuth 2.0 without OpenID Connect, its API instead of an ID token.

mod config;

use async_trait::async_trait;
use auth_core::SecretText;
use auth_core::identity::{Answer, Challenge, ProviderId, Subject};
use auth_core::{Clock as _, IdentityProvider, ProvenIdentity, ProviderError, SystemClock};
use openidconnect::http::StatusCode;
use openidconnect::http::header::LINK;
use serde_json::Value;
use tracing::warn;
use url::Url;

pub use config::GithubConfig;

use crate::client::{ClientAuth, ClientSecret};
use crate::code::CodeFlow;
use crate::config::{ConfigError, address, redirect_uri};
use crate::fault::Fault;
use crate::json::kind;
use crate::outbound::{Outbound, Reply};
use crate::profile::Profile;

/// The version of GitHub's API that is spoken.
const HEADERS: [(&str, &str); 2] = [
    ("accept", "application/vnd.github+json"),
    ("x-github-api-version", "2022-11-28"),
];

/// How many addresses a page of them has, the most that GitHub gives.
const PAGE: usize = 100;

/// How many pages of addresses are asked for.
const MAX_PAGES: usize = 10;

/// GitHub, or a GitHub Enterprise Server; for an OAuth app or a GitHub App.
///
/// The subject is the account's number, since a login can be given up and taken by
/// somebody else; the issuer is the address of its site. The e-mail address is the primary
/// one, verified if GitHub says so. GitHub can't be asked for a fresh sign-in, only to have
/// the account chosen, and states no time of the last one, so
/// [`ProvenIdentity::auth_time`] is always empty.
pub struct GithubProvider {
    config: GithubConfig,
    secret: ClientSecret,
    outbound: Outbound,
}

impl GithubProvider {
    /// GitHub by these settings.
    ///
    /// # Errors
    /// When one of the addresses can't be one.
    pub fn new(config: GithubConfig, outbound: Outbound) -> Result<Self, ConfigError> {
        address(&config.web_base, &outbound)?;
        address(&config.api_base, &outbound)?;
        redirect_uri(&config.redirect_uri)?;
        let secret = ClientSecret::Shared(config.client_secret.clone());
        Ok(Self {
            config,
            secret,
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
        let url = Url::parse(&format!("{}{path}", self.config.web_base));
        url.map_err(|_| Fault::rejected("web_base is no address"))
    }

    fn start(&self, challenge: &Challenge) -> Result<String, Fault> {
        let endpoint = self.endpoint("/login/oauth/authorize")?;
        let fresh = challenge.authenticated_since;
        let prompt = fresh.map(|_| ("prompt", "select_account"));
        self.flow()
            .authorization_url(&endpoint, challenge, prompt.as_slice())
    }

    async fn finish(
        &self,
        answer: &Answer,
        challenge: &Challenge,
    ) -> Result<ProvenIdentity, Fault> {
        self.check_callback_issuer(answer)?;
        let endpoint = self.endpoint("/login/oauth/access_token")?;
        let (auth, now) = (ClientAuth::Post, SystemClock.now());
        let shown = (answer, challenge);
        let flow = self.flow();
        let tokens = flow.redeem(&self.outbound, &endpoint, auth, shown, now);
        let token = tokens.await?.access_token;
        let account = self.get(&token, "/user").await?.object()?;
        let id = account.get("id").and_then(Value::as_u64);
        let id = id.ok_or_else(|| {
            account.unexpected("id", "the account's number", kind(account.get("id")))
        })?;
        let subject = Subject {
            issuer: self.config.web_base.clone(),
            name: id.to_string(),
        };
        let (email, doubt) = self.primary_address(&token).await?;
        let profile = Profile {
            email,
            doubt,
            full_name: account.text("name").map(str::to_owned),
            preferred_username: account.text("login").map(str::to_owned),
            ..Profile::default()
        };
        Ok(profile.proves(subject, None))
    }

    /// RFC 9207, 2.4. As an authorization server GitHub names itself by a path of its site.
    fn check_callback_issuer(&self, answer: &Answer) -> Result<(), Fault> {
        let own = format!("{}/login/oauth", self.config.web_base);
        if answer.issuer.as_ref().is_some_and(|issuer| *issuer != own) {
            return Err(Fault::rejected("the callback comes from another issuer"));
        }
        Ok(())
    }

    /// The primary address, and why it does not count if it does not. It may be on any page.
    async fn primary_address(
        &self,
        token: &SecretText,
    ) -> Result<(Option<String>, Option<String>), Fault> {
        for page in 1..=MAX_PAGES {
            let path = format!("/user/emails?per_page={PAGE}&page={page}");
            let reply = self.get(token, &path).await?;
            // So a GitHub App or a token is told that it may not see addresses.
            if matches!(
                reply.status(),
                StatusCode::FORBIDDEN | StatusCode::NOT_FOUND
            ) {
                let hint = "GitHub shows no addresses: give the GitHub App the permission \
                            \"Email addresses: read-only\", or ask an OAuth app for the scope user:email";
                warn!(provider = %self.config.id, "{hint}");
                return Ok((None, Some(hint.to_owned())));
            }
            let addresses = reply.list()?;
            let mut primary = addresses.iter().filter(|one| one["primary"] == true);
            if let Some(address) = primary.find_map(|one| Some((one["email"].as_str()?, one))) {
                let (email, verified) = (address.0.to_owned(), &address.1["verified"]);
                let doubt = (*verified != true).then(|| {
                    let found = kind(Some(verified));
                    format!("the primary address at GitHub: verified is {found}, expected true")
                });
                return Ok((Some(email), doubt));
            }
            if !has_next(&reply) {
                break;
            }
        }
        Ok((None, Some("GitHub names no primary address".to_owned())))
    }

    async fn get(&self, token: &SecretText, path: &str) -> Result<Reply, Fault> {
        let url = format!("{}{path}", self.config.api_base);
        let reply = self.outbound.get_as(token, "GitHub's API", &url, &HEADERS);
        reply.await
    }
}

/// Whether there is another page (RFC 8288). Where it is follows from its number: a link
/// could lead the token elsewhere.
fn has_next(reply: &Reply) -> bool {
    let links = reply
        .headers()
        .get(LINK)
        .and_then(|link| link.to_str().ok());
    links.is_some_and(|links| links.contains("rel=\"next\""))
}

#[async_trait]
impl IdentityProvider for GithubProvider {
    fn id(&self) -> &ProviderId {
        &self.config.id
    }

    fn name(&self) -> &str {
        &self.config.name
    }

    fn issuer(&self) -> &str {
        &self.config.web_base
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
