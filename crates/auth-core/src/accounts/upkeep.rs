//! What has to be done now and then.

use super::{Accounts, Verification};
use crate::error::AuthError;

impl Accounts {
    /// Deletes what has expired: tokens, flows, and accounts that were never confirmed. With
    /// optional verification unconfirmed accounts are in use, so they stay.
    ///
    /// # Errors
    /// A failing store.
    pub async fn purge(&self) -> Result<(), AuthError> {
        let now = self.now();
        self.stores.tokens.purge(now).await?;
        self.federation.flows.purge(now).await?;
        if self.config.verification == Verification::Required {
            let cutoff = now - self.config.verify_lifetime;
            for user in self.stores.users.purge_unverified(cutoff, now).await? {
                self.end_sessions(user).await;
            }
        }
        Ok(())
    }
}
