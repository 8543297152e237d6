//! What happened to an account, for its owner (OWASP ASVS 5.0, 6.3.5 and 7.5.2).

use super::{Accounts, SignedIn};
use crate::audit::{AuditFilter, AuditOrder, AuditRecord};
use crate::error::AuthError;
use crate::id::EventId;

impl Accounts {
    /// What happened to the account, the latest first: at most `limit` lines, those before
    /// `before` if it is told.
    ///
    /// # Errors
    /// A failing store.
    pub async fn history(
        &self,
        who: &SignedIn,
        before: Option<EventId>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, AuthError> {
        let Some(trail) = self.stores.events.trail() else {
            return Ok(vec![]);
        };
        let filter = AuditFilter {
            user: Some(who.user.id),
            ..AuditFilter::default()
        };
        let order = AuditOrder::LatestFirst;
        let page = trail.store().page(&filter, order, before, limit);
        Ok(page.await?)
    }
}
