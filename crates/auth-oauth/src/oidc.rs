//! Sign-in by OpenID Connect (Core 1.0): authorization code with PKCE.

mod config;
mod directory;
mod id_token;
mod token;
mod userinfo;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::identity::{Answer, Challenge, ProviderId, Subject};
use auth_core::{Clock, IdentityProvider, ProvenIdentity, ProviderError};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenClaims,
};
use openidconnect::{
    AccessToken, AuthType, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    IssuerUrl, JsonWebKeySet, Nonce, OAuth2TokenResponse as _, RedirectUrl, Scope,
    TokenResponse as _,
};

pub use config::OidcConfig;

use crate::config::{ConfigError, address, redirect_uri};
use crate::fault::{Fault, pkce_challenge};
use crate::outbound::Outbound;
use crate::profile::Profile;
use directory::{Directory, Published};
use id_token::{Expected, Refusal};

/// How long ago the person may have signed in at the provider when no fresh sign-in is
/// asked for: long, since the point is another one. A provider that is given a maximum has
/// to state when it was (`auth_time`), so that a session it remembers is not taken for a
/// fresh sign-in.
const ANY_SESSION: Duration = Duration::from_secs(30 * 86_400);

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    EndpointNotSet,
>;

/// A provider that speaks OpenID Connect.
///
/// It is asked for its metadata when it is first needed. Of an ID token everything is
/// checked that OpenID Connect Core 1.0, 3.1.3.7 and 3.1.3.8 name, with 5 s of leeway:
/// - `iss` and, in a callback, RFC 9207's `iss`: the issuer to the letter;
/// - the signature, by an asymmetric algorithm that the provider lists (RS256 if none);
///   an unknown key has the keys fetched anew once per cool-down;
/// - `aud` has the client; if it has others too, or if there is an `azp`, that is the client;
/// - `exp`, and `iat` within the last 10 minutes;
/// - `nonce`; `sub` of 1 to 255 characters; `at_hash`, if there is one;
/// - `auth_time`, if the challenge asks for a fresh sign-in. A provider that states none
///   although it was asked (Google does not) is believed: [`ProvenIdentity::auth_time`] is
///   then empty.
///
/// `email_verified` counts only as the JSON boolean `true`. In userinfo anything else is
/// "not verified"; an ID token in which it is no boolean can't be read and is refused.
pub struct OidcProvider {
    config: OidcConfig,
    issuer: IssuerUrl,
    redirect_uri: RedirectUrl,
    outbound: Outbound,
    clock: Arc<dyn Clock>,
    directory: Directory,
}

impl OidcProvider {
    /// A provider of which nothing is known but what the settings say.
    ///
    /// # Errors
    /// When the issuer or the redirect URI can't be one.
    pub fn new(
        config: OidcConfig,
        outbound: Outbound,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        address(&config.issuer, &outbound)?;
        let issuer = IssuerUrl::new(config.issuer.clone()).map_err(|_| ConfigError::Address)?;
        let redirect_uri = RedirectUrl::from_url(redirect_uri(&config.redirect_uri)?);
        let shared = Arc::clone(&clock);
        let directory = Directory::new(issuer.clone(), outbound.clone(), shared, &config);
        Ok(Self {
            config,
            issuer,
            redirect_uri,
            outbound,
            clock,
            directory,
        })
    }

    fn client_id(&self) -> ClientId {
        ClientId::new(self.config.client_id.clone())
    }

    fn client(&self, published: &Published) -> Client {
        let metadata = &published.metadata;
        // The keys are left out: ID tokens are verified elsewhere.
        let none = JsonWebKeySet::default();
        let client = CoreClient::new(self.client_id(), self.issuer.clone(), none)
            .set_auth_uri(metadata.authorization_endpoint().clone())
            .set_token_uri(published.token_endpoint.clone())
            .set_redirect_uri(self.redirect_uri.clone())
            .set_auth_type(auth_type(metadata));
        match &self.config.client_secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.reveal().to_owned())),
            None => client,
        }
    }

    async fn start(&self, challenge: &Challenge) -> Result<String, Fault> {
        let published = self.directory.published().await?;
        let client = self.client(&published);
        let state = CsrfToken::new(challenge.state.reveal().to_owned());
        let nonce = Nonce::new(challenge.nonce.reveal().to_owned());
        // The crate asks for `openid` itself.
        let scopes = self.config.scopes.iter().filter(|scope| *scope != "openid");
        let request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || state,
                move || nonce,
            )
            .add_scopes(scopes.cloned().map(Scope::new))
            .set_pkce_challenge(pkce_challenge(&challenge.pkce_verifier)?);
        let request = match challenge.authenticated_since {
            Some(_) => request
                .add_extra_param("prompt", self.config.fresh_prompt.as_str())
                .set_max_age(Duration::ZERO),
            None => request.set_max_age(ANY_SESSION),
        };
        Ok(request.url().0.into())
    }

    async fn finish(
        &self,
        answer: &Answer,
        challenge: &Challenge,
    ) -> Result<ProvenIdentity, Fault> {
        let published = self.directory.published().await?;
        self.check_callback_issuer(answer, &published)?;
        let client = self.client(&published);
        let tokens = token::redeem(&client, &self.outbound, answer, challenge).await?;
        let id_token = tokens.id_token();
        let id_token = id_token.ok_or(Fault::rejected("the provider gave no ID token"))?;
        let expected = Expected {
            client_id: self.client_id(),
            challenge,
            access_token: tokens.access_token(),
            now: self.clock.now(),
        };
        let (claims, published) = self.verified(id_token, &expected, published).await?;
        self.proven(claims, tokens.access_token(), &published).await
    }

    /// RFC 9207, 2.4.
    fn check_callback_issuer(&self, answer: &Answer, published: &Published) -> Result<(), Fault> {
        let additional = published.metadata.additional_metadata();
        match &answer.issuer {
            Some(issuer) if *issuer != self.config.issuer => {
                Err(Fault::rejected("the callback comes from another issuer"))
            }
            None if additional.authorization_response_iss_parameter_supported => {
                Err(Fault::rejected("the callback does not name its issuer"))
            }
            _ => Ok(()),
        }
    }

    /// The claims, once they are verified, by keys fetched anew if need be.
    async fn verified<'t>(
        &self,
        id_token: &'t CoreIdToken,
        expected: &Expected<'_>,
        published: Arc<Published>,
    ) -> Result<(&'t CoreIdTokenClaims, Arc<Published>), Fault> {
        let unknown_key = match id_token::verify(id_token, &published.metadata, expected) {
            Ok(claims) => return Ok((claims, published)),
            Err(Refusal::UnknownKey) => {
                Fault::rejected("the ID token is signed by a key that is not published")
            }
            Err(Refusal::Final(fault)) => return Err(fault),
        };
        let newer = self.directory.newer_than(&published).await?;
        let newer = newer.ok_or_else(|| unknown_key.clone())?;
        match id_token::verify(id_token, &newer.metadata, expected) {
            Ok(claims) => Ok((claims, newer)),
            Err(Refusal::UnknownKey) => Err(unknown_key),
            Err(Refusal::Final(fault)) => Err(fault),
        }
    }

    /// Who the claims are about, with what only userinfo tells.
    async fn proven(
        &self,
        claims: &CoreIdTokenClaims,
        access_token: &AccessToken,
        published: &Published,
    ) -> Result<ProvenIdentity, Fault> {
        let subject = Subject {
            issuer: self.config.issuer.clone(),
            name: claims.subject().to_string(),
        };
        let mut profile = Profile::of(claims);
        if let Some(endpoint) = published.metadata.userinfo_endpoint()
            && !profile.is_complete()
        {
            let more = userinfo::fetch(&self.outbound, endpoint, access_token, &subject).await?;
            profile = profile.completed_by(more);
        }
        let auth_time = claims.auth_time().map(id_token::timestamp);
        Ok(profile.proves(subject, auth_time))
    }
}

/// RFC 6749, 2.3.1: HTTP Basic, unless the provider takes the secret in the body only.
fn auth_type(metadata: &directory::Metadata) -> AuthType {
    let Some(methods) = metadata.token_endpoint_auth_methods_supported() else {
        return AuthType::BasicAuth;
    };
    let basic = methods.contains(&CoreClientAuthMethod::ClientSecretBasic);
    let post = methods.contains(&CoreClientAuthMethod::ClientSecretPost);
    if post && !basic {
        AuthType::RequestBody
    } else {
        AuthType::BasicAuth
    }
}

#[async_trait]
impl IdentityProvider for OidcProvider {
    fn id(&self) -> &ProviderId {
        &self.config.id
    }

    fn name(&self) -> &str {
        &self.config.name
    }

    fn issuer(&self) -> &str {
        &self.config.issuer
    }

    async fn authorization_url(&self, challenge: &Challenge) -> Result<String, ProviderError> {
        Ok(self.start(challenge).await?)
    }

    async fn identify(
        &self,
        answer: &Answer,
        challenge: &Challenge,
    ) -> Result<ProvenIdentity, ProviderError> {
        Ok(self.finish(answer, challenge).await?)
    }
}
