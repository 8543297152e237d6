//! Flows under way: what is remembered while a person is at a provider.

use async_trait::async_trait;

use crate::assurance::Assurance;
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::{IdentityId, SessionId, UserId};
use crate::identity::ProviderId;
use crate::secret::{Secret, SecretHash};

/// Finds a flow or a hand-over: whoever has both secrets began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowKey {
    /// The hash of the secret that travels in URLs: the state, or the code.
    pub secret: SecretHash,
    /// The hash of the secret in the browser's flow cookie.
    pub browser: SecretHash,
}

impl FlowKey {
    /// The key for these secrets.
    pub fn of(secret: &Secret, browser: &Secret) -> Self {
        Self {
            secret: secret.hash(),
            browser: browser.hash(),
        }
    }
}

/// What is to come of a proven identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Its owner is to be signed in.
    SignIn,
    /// It is to be linked to the account that began the flow, while that device is still
    /// signed in.
    Link {
        /// The account.
        user_id: UserId,
        /// The device.
        session_id: SessionId,
        /// The version of the account's credentials.
        credentials_version: i64,
    },
}

/// A person is at a provider and will come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Which provider.
    pub provider: ProviderId,
    /// What is to come of it.
    pub intent: Intent,
    /// Where the browser goes in the end.
    pub return_to: String,
    /// When it began.
    pub started_at: Timestamp,
    /// Whether the person has to show the provider anew who they are.
    pub fresh: bool,
}

/// A sign-in that the browser has yet to pick up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneTimeCode {
    /// Who signed in.
    pub user_id: UserId,
    /// The version of the account's credentials at that time.
    pub credentials_version: i64,
    /// When the person proved who they are.
    pub auth_time: Timestamp,
    /// The identity that proved it; unknown where an older server handed over.
    pub identity: Option<IdentityId>,
    /// By what they proved it.
    pub assurance: Assurance,
}

/// Keeps flows and hand-overs for a short while. Of any number of parallel takes exactly
/// one gets what was kept; a take with the wrong browser gets and spends nothing.
#[async_trait]
pub trait FlowStore: Send + Sync {
    /// Keeps a flow.
    async fn begin(
        &self,
        key: &FlowKey,
        flow: &Flow,
        expires_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Removes and returns the live flow with this key at this provider.
    async fn finish(
        &self,
        key: &FlowKey,
        provider: &ProviderId,
        now: Timestamp,
    ) -> Result<Option<Flow>, StoreError>;

    /// Remembers that a flow ended well, for whoever loads its callback again.
    async fn remember(
        &self,
        state: &SecretHash,
        flow: &Flow,
        until: Timestamp,
    ) -> Result<(), StoreError>;

    /// Where the browser goes that began the flow of this state at this provider, while the
    /// flow lives or is remembered.
    async fn return_to(
        &self,
        state: &SecretHash,
        provider: &ProviderId,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError>;

    /// Keeps a hand-over.
    async fn hand_over(
        &self,
        key: &FlowKey,
        handover: &OneTimeCode,
        expires_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Removes and returns the live hand-over with this key.
    async fn redeem(
        &self,
        key: &FlowKey,
        now: Timestamp,
    ) -> Result<Option<OneTimeCode>, StoreError>;

    /// Deletes what has expired; gives its number.
    async fn purge(&self, now: Timestamp) -> Result<u64, StoreError>;
}
