//! What has to be done now and then.

use super::Accounts;
use crate::error::AuthError;

impl Accounts {
    /// Deletes what has expired: tokens, flows and sign-ups, never an account. Takes note of
    /// how the stored passwords were hashed.
    ///
    /// # Errors
    /// A failing store.
    pub async fn purge(&self) -> Result<(), AuthError> {
        let now = self.now();
        self.stores.tokens.purge(now).await?;
        self.federation.flows.purge(now).await?;
        self.stores.sign_ups.purge(now).await?;
        self.note_hash_costs().await
    }

    /// Looks up with which parameters the stored passwords were hashed, so that a sign-in
    /// takes as long for the old ones as for the new.
    ///
    /// # Errors
    /// A failing store.
    pub async fn note_hash_costs(&self) -> Result<(), AuthError> {
        let costs = self.stores.users.hash_costs().await?;
        self.hasher.note_costs(costs);
        Ok(())
    }
}
