//! Sign-in by OpenID Connect (Core 1.0): authorization code with PKCE.

mod config;
mod directory;
mod id_token;
mod jwt;
mod userinfo;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::identity::{Answer, Challenge, ProviderId, Subject};
use auth_core::{Clock, IdentityProvider, ProvenIdentity, ProviderError};
use tracing::warn;

pub use config::{OidcConfig, ResponseMode, Userinfo};

use crate::client::{ClientAuth, ClientSecret};
use crate::code::{CodeFlow, Tokens};
use crate::config::{ConfigError, address, metadata_address, redirect_uri};
use crate::fault::Fault;
use crate::json::Object;
use crate::outbound::Outbound;
use crate::profile::{Profile, Reading};
use config::TENANT;
use directory::{Directory, Published};
use id_token::{Expected, Proof};
use jwt::{Jwt, Unsigned};
use userinfo::NoUserinfo;

/// How long ago the person may have signed in at the provider when no fresh sign-in is
/// asked for: long, since the point is another one. A provider that is given a maximum has
/// to state when it was (`auth_time`), so that a session it remembers is not taken for a
/// fresh sign-in.
const ANY_SESSION: Duration = Duration::from_secs(30 * 86_400);

/// A provider that speaks OpenID Connect.
///
/// It is asked for its metadata when it is first needed. Of what it answers, what is used
/// is read strictly and the rest not at all. Of an ID token everything is checked that
/// OpenID Connect Core 1.0, 3.1.3.7 and 3.1.3.8 name, with [`OidcConfig::leeway`]:
/// - `iss` and, in a callback, RFC 9207's `iss`: the issuer to the letter, or that of the
///   tenant in `tid`;
/// - the signature, by an asymmetric algorithm that the provider lists (any if it has no
///   list) and a published key that may sign, RSA of at least 2048 bits; an unknown key
///   has the keys fetched anew once per cool-down;
/// - `aud` has the client and else only [`OidcConfig::audiences`]; if it has others, or if
///   there is an `azp`, that is the client;
/// - `exp`, `nbf`, and `iat` within the last 10 minutes;
/// - `nonce`; `sub` of 1 to 255 characters; `at_hash`, if there is one;
/// - `auth_time`, if the challenge asks for a fresh sign-in. A provider that states none
///   although it was asked (Google does not) is believed: [`ProvenIdentity::auth_time`] is
///   then empty.
///
/// Whether an address is verified follows from [`OidcConfig::trust_email`]; unless it says
/// otherwise, `email_verified` counts only as the JSON boolean `true`.
pub struct OidcProvider {
    config: OidcConfig,
    reading: Reading,
    outbound: Outbound,
    clock: Arc<dyn Clock>,
    directory: Directory,
}

impl OidcProvider {
    /// A provider of which nothing is known but what the settings say.
    ///
    /// # Errors
    /// When the issuer, the address of the metadata or the redirect URI can't be one.
    pub fn new(
        mut config: OidcConfig,
        outbound: Outbound,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        address(&config.issuer, &outbound)?;
        metadata_address(&config.discovery(), &outbound)?;
        redirect_uri(&config.redirect_uri)?;
        if !config.scopes.iter().any(|scope| scope == "openid") {
            config.scopes.insert(0, "openid".to_owned());
        }
        let reading = Reading {
            names: config.claims.clone(),
            trust: config.trust_email,
        };
        let shared = Arc::clone(&clock);
        let directory = Directory::new(outbound.clone(), shared, &config);
        Ok(Self {
            config,
            reading,
            outbound,
            clock,
            directory,
        })
    }

    fn flow(&self) -> CodeFlow<'_> {
        CodeFlow {
            client_id: &self.config.client_id,
            secret: &self.config.client_secret,
            redirect_uri: &self.config.redirect_uri,
            scopes: &self.config.scopes,
            pkce: self.config.pkce,
        }
    }

    async fn start(&self, challenge: &Challenge) -> Result<String, Fault> {
        let published = self.directory.published().await?;
        let any = ANY_SESSION.as_secs().to_string();
        let mut extra = vec![("nonce", challenge.nonce.reveal())];
        match challenge.authenticated_since {
            Some(_) => extra.extend([
                ("prompt", self.config.fresh_prompt.as_str()),
                ("max_age", "0"),
            ]),
            None => extra.push(("max_age", any.as_str())),
        }
        if self.config.response_mode == ResponseMode::FormPost {
            extra.push(("response_mode", "form_post"));
        }
        let endpoint = &published.metadata.authorization_endpoint;
        self.flow().authorization_url(endpoint, challenge, &extra)
    }

    async fn finish(
        &self,
        answer: &Answer,
        challenge: &Challenge,
    ) -> Result<ProvenIdentity, Fault> {
        let published = self.directory.published().await?;
        self.check_callback_issuer(answer, &published)?;
        let tokens = self.redeem(answer, challenge, &published).await?;
        let id_token = tokens.id_token.as_ref();
        let id_token = id_token.ok_or(Fault::rejected(
            "the provider gave no ID token; the scope openid is needed",
        ))?;
        let jwt = Jwt::parse(id_token.reveal())?;
        let expected = Expected {
            config: &self.config,
            challenge,
            access_token: &tokens.access_token,
            now: self.clock.now(),
        };
        let proof = self.verified(&jwt, &expected, &published).await?;
        let told = self.profile(&jwt.claims, &proof, &tokens, &published);
        let profile = told.await?.completed_by(self.named_by(answer));
        let subject = Subject {
            issuer: proof.issuer,
            name: proof.subject,
        };
        Ok(ProvenIdentity {
            second_factor: proof.second_factor,
            ..profile.proves(subject, proof.auth_time)
        })
    }

    async fn redeem(
        &self,
        answer: &Answer,
        challenge: &Challenge,
        published: &Published,
    ) -> Result<Tokens, Fault> {
        let metadata = &published.metadata;
        let by_itself = match self.config.client_secret {
            ClientSecret::None => ClientAuth::None,
            _ => metadata.client_auth(),
        };
        let auth = self.config.client_auth.unwrap_or(by_itself);
        let (shown, now) = ((answer, challenge), self.clock.now());
        let flow = self.flow();
        flow.redeem(&self.outbound, &metadata.token_endpoint, auth, shown, now)
            .await
    }

    /// RFC 9207, 2.4. The issuer of a tenant is not known yet.
    fn check_callback_issuer(&self, answer: &Answer, published: &Published) -> Result<(), Fault> {
        let several = self.config.issuer.contains(TENANT);
        match &answer.issuer {
            Some(issuer) if *issuer != self.config.issuer && !several => {
                Err(Fault::rejected("the callback comes from another issuer"))
            }
            None if published.metadata.names_itself => {
                Err(Fault::rejected("the callback does not name its issuer"))
            }
            _ => Ok(()),
        }
    }

    /// What the ID token proves, by keys fetched anew if need be. Keys that another request
    /// fetched meanwhile may be older than the token; the ones after them are not.
    async fn verified(
        &self,
        jwt: &Jwt<'_>,
        expected: &Expected<'_>,
        published: &Arc<Published>,
    ) -> Result<Proof, Fault> {
        let listed = published.metadata.algorithms.as_deref();
        let mut latest = Arc::clone(published);
        let mut tries = 2;
        loop {
            let fault = match jwt.signer(&latest.keys, listed) {
                Ok(signer) => return expected.check(&jwt.claims, &signer),
                Err(Unsigned::UnknownKey(fault)) if tries > 0 => fault,
                Err(Unsigned::UnknownKey(fault) | Unsigned::Final(fault)) => return Err(fault),
            };
            latest = self.directory.newer_than(&latest).await?.ok_or(fault)?;
            tries -= 1;
        }
    }

    /// What the claims tell about the person, with what only userinfo tells.
    async fn profile(
        &self,
        claims: &Object,
        proof: &Proof,
        tokens: &Tokens,
        published: &Published,
    ) -> Result<Profile, Fault> {
        let (reading, mode) = (&self.reading, self.config.userinfo);
        let told = Profile::read(claims, reading);
        let endpoint = published.metadata.userinfo_endpoint.as_ref();
        let endpoint = endpoint.filter(|_| mode != Userinfo::Off && !told.is_complete());
        let Some(endpoint) = endpoint else {
            return Ok(told);
        };
        let (outbound, token) = (&self.outbound, &tokens.access_token);
        match userinfo::fetch(outbound, endpoint, token, &proof.subject, reading).await {
            Ok(more) => Ok(told.completed_by(more)),
            Err(NoUserinfo::SomebodyElse(fault)) => Err(fault),
            Err(NoUserinfo::Failed(fault)) if told.email.is_none() && mode == Userinfo::On => {
                Err(fault)
            }
            Err(NoUserinfo::Failed(fault)) => {
                warn!(
                    provider = %self.config.id,
                    cause = fault.text(),
                    "userinfo told nothing, so the ID token has to do; userinfo=off asks no more"
                );
                Ok(told)
            }
        }
    }

    /// The name that Apple tells beside the code, once. The browser could have made it up,
    /// as a person can at any form, so an address in there does not count.
    fn named_by(&self, answer: &Answer) -> Profile {
        let mut profile = Profile::default();
        if self.config.response_mode == ResponseMode::FormPost
            && let Some(told) = &answer.user
            && let Some(user) = Object::parse("user", told.reveal().as_bytes())
            && let Some(name) = user.get("name")
        {
            let part = |key: &str| name[key].as_str().map(str::to_owned);
            profile.given_name = part("firstName");
            profile.family_name = part("lastName");
        }
        profile
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

    fn vouches_as(&self, issuer: &str) -> bool {
        let whole = &self.config.issuer;
        match whole.split_once(TENANT) {
            Some((start, end)) => {
                issuer.len() >= start.len() + end.len()
                    && issuer.starts_with(start)
                    && issuer.ends_with(end)
            }
            None => issuer == whole,
        }
    }

    async fn check(&self) -> Result<(), ProviderError> {
        Ok(self.directory.published().await.map(drop)?)
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
