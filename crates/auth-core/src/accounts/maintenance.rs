//! What has to be done now and then.

use super::Accounts;
use crate::error::AuthError;

impl Accounts {
    /// Deletes what has expired: tokens, flows, sign-ups and old lines of the audit trail, never
    /// an account. Takes note of
    /// how the stored passwords were hashed.
    ///
    /// # Errors
    /// A failing store.
    pub async fn purge(&self) -> Result<(), AuthError> {
        let now = self.now();
        self.stores.tokens.purge(now).await?;
        self.federation.flows.purge(now).await?;
        self.stores.sign_ups.purge(now).await?;
        if let Some(factors) = self.factors() {
            factors.store.purge(now).await?;
        }
        if let Some(trail) = self.stores.events.trail() {
            trail.purge(now).await?;
        }
        self.note_hash_kinds().await
    }

    /// Looks up how the stored passwords were hashed, so that a sign-in takes as long for the
    /// old hashes, and for those of other systems, as for the new.
    ///
    /// # Errors
    /// A failing store.
    pub async fn note_hash_kinds(&self) -> Result<(), AuthError> {
        let kinds = self.stores.users.hash_kinds().await?;
        self.hasher.note_kinds(kinds);
        Ok(())
    }
}
