//! What a provider publishes about itself: its metadata and its keys.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use auth_core::{Clock, Timestamp};
use openidconnect::core::CoreJwsSigningAlgorithm;
use serde_json::Value;
use url::Url;

use super::jwt::{self, Keys};
use crate::fault::{Fault, shown};
use crate::json::Object;
use crate::{ClientAuth, OidcConfig, Outbound};

/// How long a provider that failed is left in peace.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// The part of the provider's metadata (OpenID Connect Discovery 1.0, 3) that is used.
#[derive(Clone, Debug)]
pub(super) struct Metadata {
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) userinfo_endpoint: Option<Url>,
    jwks_uri: Url,
    /// What ID tokens are signed by, if it says so.
    pub(super) algorithms: Option<Vec<CoreJwsSigningAlgorithm>>,
    /// How clients may show who they are; empty if it does not say.
    client_auth: Vec<String>,
    /// Whether its answers name it (RFC 9207, 3).
    pub(super) names_itself: bool,
}

/// What a provider publishes, checked.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) metadata: Metadata,
    pub(super) keys: Keys,
}

impl Metadata {
    /// Reads what is used, whatever else there is or is missing, and whatever the content
    /// type was: the address is what is trusted.
    fn read(document: &Object, issuer: &str, outbound: &Outbound) -> Result<Self, Fault> {
        let named = document.required("issuer")?;
        if named != issuer {
            let (named, issuer) = (shown(named), shown(issuer));
            return Err(Fault::rejected(format!(
                "its metadata names the issuer {named}, but issuer={issuer} is set; they must be the \
                 same to the letter"
            )));
        }
        let endpoint = |name: &str| permitted(document, name, document.required(name)?, outbound);
        let userinfo = document.text("userinfo_endpoint");
        let userinfo =
            userinfo.map(|text| permitted(document, "userinfo_endpoint", text, outbound));
        let algorithms = document.get("id_token_signing_alg_values_supported");
        let algorithms = algorithms.and_then(Value::as_array);
        let methods = document.texts("token_endpoint_auth_methods_supported");
        let names_itself = document.get("authorization_response_iss_parameter_supported");
        Ok(Self {
            authorization_endpoint: endpoint("authorization_endpoint")?,
            token_endpoint: endpoint("token_endpoint")?,
            userinfo_endpoint: userinfo.transpose()?,
            jwks_uri: endpoint("jwks_uri")?,
            algorithms: algorithms.map(|list| list.iter().filter_map(jwt::algorithm).collect()),
            client_auth: methods.into_iter().flatten().map(str::to_owned).collect(),
            names_itself: names_itself == Some(&Value::Bool(true)),
        })
    }

    /// RFC 6749, 2.3.1: HTTP Basic, unless the provider takes the secret in the body only.
    pub(super) fn client_auth(&self) -> ClientAuth {
        let takes = |auth: ClientAuth| self.client_auth.contains(&auth.to_string());
        match takes(ClientAuth::Post) && !takes(ClientAuth::Basic) {
            true => ClientAuth::Post,
            false => ClientAuth::Basic,
        }
    }
}

fn permitted(document: &Object, name: &str, text: &str, outbound: &Outbound) -> Result<Url, Fault> {
    let url = Url::parse(text).ok().filter(|url| outbound.permits(url));
    url.ok_or_else(|| document.unexpected(name, "an https address", &shown(text)))
}

/// Fetches what a provider publishes when it is needed, and keeps it.
pub(super) struct Directory {
    issuer: String,
    location: String,
    outbound: Outbound,
    clock: Arc<dyn Clock>,
    metadata_ttl: Duration,
    key_cooldown: Duration,
    known: Mutex<Known>,
    /// Held by the one request that fetches for all.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    published: Option<Arc<Published>>,
    fetched_at: Timestamp,
    failed: Option<(Fault, Timestamp)>,
    keys_asked_at: Option<Timestamp>,
}

impl Directory {
    /// Knows nothing yet.
    pub(super) fn new(outbound: Outbound, clock: Arc<dyn Clock>, config: &OidcConfig) -> Self {
        Self {
            issuer: config.issuer.clone(),
            location: config.discovery(),
            outbound,
            clock,
            metadata_ttl: config.metadata_ttl,
            key_cooldown: config.key_cooldown,
            known: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// What the provider publishes, at most `metadata_ttl` old, or older as long as it
    /// can't be fetched anew.
    pub(super) async fn published(&self) -> Result<Arc<Published>, Fault> {
        if let Some(known) = self.answer() {
            return known;
        }
        let old = self.known().published.clone();
        let _turn = match old {
            None => self.turn.lock().await,
            Some(old) => match self.turn.try_lock() {
                Ok(turn) => turn,
                Err(_) => return Ok(old),
            },
        };
        // While this request waited for its turn, another may have fetched.
        if let Some(known) = self.answer() {
            return known;
        }
        let fetched = self.discover().await;
        self.remember(fetched)
    }

    /// Other keys than those in `seen`: fetched by another request since, or now, unless
    /// an unknown key had them fetched within the cool-down. A discovery does not start the
    /// cool-down, so a key that the provider changes right after it is found.
    pub(super) async fn newer_than(
        &self,
        seen: &Arc<Published>,
    ) -> Result<Option<Arc<Published>>, Fault> {
        let _turn = self.turn.lock().await;
        if let Some(newer) = self.other_than(seen) {
            return Ok(Some(newer));
        }
        if !self.may_ask_for_keys() {
            return Ok(None);
        }
        let newer = Arc::new(Published {
            metadata: seen.metadata.clone(),
            keys: self.keys(&seen.metadata).await?,
        });
        self.known().published = Some(Arc::clone(&newer));
        Ok(Some(newer))
    }

    fn other_than(&self, seen: &Arc<Published>) -> Option<Arc<Published>> {
        let latest = self.known().published.clone();
        latest.filter(|latest| !Arc::ptr_eq(latest, seen))
    }

    /// Whether the cool-down is over; if so, it begins anew.
    fn may_ask_for_keys(&self) -> bool {
        let now = self.clock.now();
        let mut known = self.known();
        let over = |last| now.since(last) >= self.key_cooldown;
        let may = known.keys_asked_at.is_none_or(over);
        if may {
            known.keys_asked_at = Some(now);
        }
        may
    }

    /// The answer without asking the provider, if there is one.
    fn answer(&self) -> Option<Result<Arc<Published>, Fault>> {
        let now = self.clock.now();
        let known = self.known();
        let failed = known.failed.as_ref();
        let failure = failed.filter(|(_, at)| now.since(*at) < PAUSE_AFTER_FAILURE);
        let fresh = now.since(known.fetched_at) < self.metadata_ttl;
        match &known.published {
            Some(published) if fresh || failure.is_some() => Some(Ok(Arc::clone(published))),
            Some(_) => None,
            None => failure.map(|(fault, _)| Err(fault.clone())),
        }
    }

    fn remember(&self, fetched: Result<Published, Fault>) -> Result<Arc<Published>, Fault> {
        let now = self.clock.now();
        let mut known = self.known();
        match fetched {
            Ok(published) => {
                let published = Arc::new(published);
                known.published = Some(Arc::clone(&published));
                known.fetched_at = now;
                known.failed = None;
                Ok(published)
            }
            Err(fault) => {
                known.failed = Some((fault.clone(), now));
                known.published.clone().ok_or(fault)
            }
        }
    }

    async fn discover(&self) -> Result<Published, Fault> {
        let document = self.outbound.get("the metadata", &self.location).await?;
        let metadata = Metadata::read(&document.object()?, &self.issuer, &self.outbound)?;
        Ok(Published {
            keys: self.keys(&metadata).await?,
            metadata,
        })
    }

    async fn keys(&self, metadata: &Metadata) -> Result<Keys, Fault> {
        let keys = self.outbound.get("the key set", metadata.jwks_uri.as_str());
        Keys::read(&keys.await?.object()?)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
