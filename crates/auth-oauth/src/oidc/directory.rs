//! What a provider publishes about itself: its metadata and its keys.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use auth_core::{Clock, Timestamp};
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, DiscoveryError, IssuerUrl, ProviderMetadata, TokenUrl,
};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::fault::Fault;
use crate::{OidcConfig, Outbound, OutboundError};

/// How long a provider that failed is left in peace.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// The provider's metadata (OpenID Connect Discovery 1.0, 3) with its keys.
pub(super) type Metadata = ProviderMetadata<
    Rfc9207Metadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// What RFC 9207, 3 adds to the metadata.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Rfc9207Metadata {
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Rfc9207Metadata {}

/// What a provider publishes, checked.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) metadata: Metadata,
    pub(super) token_endpoint: TokenUrl,
}

/// Fetches what a provider publishes when it is needed, and keeps it.
pub(super) struct Directory {
    issuer: IssuerUrl,
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
    pub(super) fn new(
        issuer: IssuerUrl,
        outbound: Outbound,
        clock: Arc<dyn Clock>,
        config: &OidcConfig,
    ) -> Self {
        Self {
            issuer,
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
        let keys = CoreJsonWebKeySet::fetch_async(seen.metadata.jwks_uri(), &self.outbound);
        let keys = keys.await.map_err(|error| published_badly(&error))?;
        let newer = Arc::new(Published {
            metadata: seen.metadata.clone().set_jwks(keys),
            token_endpoint: seen.token_endpoint.clone(),
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
        let discovery = Metadata::discover_async(self.issuer.clone(), &self.outbound);
        let metadata = discovery.await.map_err(|error| published_badly(&error))?;
        let Some(token_endpoint) = metadata.token_endpoint().cloned() else {
            return Err(Fault::rejected("the provider has no token endpoint"));
        };
        let userinfo = metadata.userinfo_endpoint().map(|endpoint| endpoint.url());
        let others = [
            metadata.authorization_endpoint().url(),
            token_endpoint.url(),
        ];
        let permitted = |endpoint: &Url| self.outbound.permits(endpoint);
        if !userinfo.is_none_or(permitted) || !others.into_iter().all(permitted) {
            return Err(Fault::rejected("an endpoint of the provider is not https"));
        }
        Ok(Published {
            metadata,
            token_endpoint,
        })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The crate's error may hold the provider's answer; what remains of it is a sentence.
fn published_badly(error: &DiscoveryError<OutboundError>) -> Fault {
    match error {
        DiscoveryError::Request(error) => error.clone().into(),
        DiscoveryError::Response(status, ..) => {
            let status = status.as_u16();
            Fault::rejected(format!("the provider's metadata or keys: status {status}"))
        }
        DiscoveryError::Validation(_) => {
            Fault::rejected("the provider's metadata names another issuer")
        }
        _ => Fault::rejected("the provider's metadata or keys can't be read"),
    }
}
