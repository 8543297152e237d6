//! Reading the audit trail.

use super::Admin;
use crate::audit::{AuditFilter, AuditOrder, AuditRecord};
use crate::error::AuthError;
use crate::id::EventId;

impl Admin {
    /// At most `limit` lines of the audit trail, starting behind the one with the id `after`.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] where none is kept, or a failing store.
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        order: AuditOrder,
        after: Option<EventId>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, AuthError> {
        let trail = self.stores.events.trail().ok_or(AuthError::NotFound)?;
        Ok(trail.store().page(filter, order, after, limit).await?)
    }
}
