//! Reading the audit trail.

use super::{Actor, Admin};
use crate::audit::{AuditFilter, AuditOrder, AuditRecord};
use crate::error::AuthError;
use crate::events::{AdminAction, Event, Looked};
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

    /// Tells that somebody has looked at the audit trail, where it was asked for one account also
    /// at whose.
    pub async fn tell_audit_read(&self, by: &Actor, filter: &AuditFilter) {
        let looked = AdminAction::Looked { at: Looked::Audit };
        let event = Event {
            user: filter.user,
            ..Self::event_of_many(by, looked)
        };
        self.told(&event).await;
    }
}
