//! Sign-in by GitHub: OAuth 2.0 without OpenID Connect, its API instead of an ID token.

mod config;

use async_trait::async_trait;
use auth_core::identity::{Answer, Challenge, ProviderId, Subject};
use auth_core::strategy::SecretText;
use auth_core::{IdentityProvider, ProvenIdentity, ProviderError};
use openidconnect::http;
use openidconnect::http::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::{Url, form_urlencoded};

pub use config::GithubConfig;

use crate::config::{ConfigError, address, redirect_uri};
use crate::fault::{Fault, json, pkce_challenge};
use crate::outbound::{Outbound, OutboundError};
use crate::profile::Profile;

/// The version of GitHub's API that is spoken.
const API_VERSION: &str = "2022-11-28";

/// GitHub, or a GitHub Enterprise Server.
///
/// The subject is the account's number, since a login can be given up and taken by
/// somebody else; the issuer is the address of its site. The e-mail address is the primary
/// one, verified if GitHub says so. GitHub can't be asked for a fresh sign-in and states
/// no time of the last one, so [`ProvenIdentity::auth_time`] is always empty.
pub struct GithubProvider {
    config: GithubConfig,
    outbound: Outbound,
}

/// GitHub answers 200 also when it refuses.
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Account {
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
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
        Ok(Self { config, outbound })
    }

    fn start(&self, challenge: &Challenge) -> Result<String, Fault> {
        let endpoint = format!("{}/login/oauth/authorize", self.config.web_base);
        let mut url = Url::parse(&endpoint).map_err(|_| OutboundError::Request)?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", &self.config.redirect_uri)
            .append_pair("scope", &self.config.scopes.join(" "))
            .append_pair("state", challenge.state.reveal())
            .append_pair(
                "code_challenge",
                pkce_challenge(&challenge.pkce_verifier)?.as_str(),
            )
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    async fn finish(
        &self,
        answer: &Answer,
        challenge: &Challenge,
    ) -> Result<ProvenIdentity, Fault> {
        self.check_callback_issuer(answer)?;
        let token = self.redeem(answer, challenge).await?;
        let account: Account = self.get(&token, "/user").await?;
        let addresses: Vec<Address> = self.get(&token, "/user/emails").await?;
        let primary = addresses.into_iter().find(|address| address.primary);
        let subject = Subject {
            issuer: self.config.web_base.clone(),
            name: account.id.to_string(),
        };
        let profile = Profile {
            email_verified: primary.as_ref().is_some_and(|address| address.verified),
            email: primary.map(|address| address.email),
            full_name: account.name,
            given_name: None,
            family_name: None,
            preferred_username: Some(account.login),
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

    async fn redeem(&self, answer: &Answer, challenge: &Challenge) -> Result<SecretText, Fault> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &self.config.client_id)
            .append_pair("client_secret", self.config.client_secret.reveal())
            .append_pair("code", answer.code.reveal())
            .append_pair("redirect_uri", &self.config.redirect_uri)
            .append_pair("code_verifier", challenge.pkce_verifier.reveal())
            .finish();
        let endpoint = format!("{}/login/oauth/access_token", self.config.web_base);
        let request = http::Request::post(endpoint)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.into_bytes())
            .map_err(|_| OutboundError::Request)?;
        let answer: TokenAnswer = json("GitHub", &self.outbound.send(request).await?)?;
        match answer {
            TokenAnswer {
                access_token: Some(token),
                error: None,
            } => Ok(SecretText::new(token)),
            TokenAnswer { error, .. } => Err(Fault::rejected(reason(error.as_deref()))),
        }
    }

    async fn get<T: DeserializeOwned>(&self, token: &SecretText, path: &str) -> Result<T, Fault> {
        let url = format!("{}{path}", self.config.api_base);
        let version = [("X-GitHub-Api-Version", API_VERSION)];
        let answer = self
            .outbound
            .get_as(token, "application/vnd.github+json", &url, &version);
        json("GitHub's API", &answer.await?)
    }
}

/// Why GitHub gave no token, as far as it is one of its documented reasons.
fn reason(error: Option<&str>) -> &'static str {
    match error {
        Some("incorrect_client_credentials") => "GitHub does not know the client or its secret",
        Some("redirect_uri_mismatch") => "GitHub does not know the redirect URI",
        Some("bad_verification_code") => "GitHub does not know the code",
        Some("unverified_user_email") => "the primary e-mail address at GitHub is not verified",
        _ => "GitHub gave no token",
    }
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
