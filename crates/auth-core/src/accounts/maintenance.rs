//! What has to be done now and then.

use super::Accounts;
use crate::error::AuthError;

impl Accounts {
    /// Deletes what has expired: tokens, flows, sign-ups and old lines of the audit trail, never
    /// an account. Takes note of how the stored passwords were hashed. What fails keeps nothing
    /// else from being done.
    ///
    /// # Errors
    /// The first failure of a store.
    pub async fn purge(&self) -> Result<(), AuthError> {
        let now = self.now();
        let purged = [
            self.stores.tokens.purge(now).await,
            self.federation.flows.purge(now).await,
            self.stores.sign_ups.purge(now).await,
            match self.factors() {
                Some(factors) => factors.store.purge(now).await,
                None => Ok(0),
            },
            match self.stores.events.trail() {
                Some(trail) => trail.purge(now).await,
                None => Ok(0),
            },
        ];
        let noted = self.note_hash_kinds().await;
        purged.into_iter().try_for_each(|done| done.map(drop))?;
        noted
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
