//! When all factors of an account are lost: an operator has them removed, after a delay in which
//! the owner, who is told, can object by using one.

use super::{Accounts, Held};
use crate::effects::Effects;
use crate::error::AuthError;
use crate::events::{Event, EventKind};
use crate::factor::FactorChange;
use crate::user::User;

impl Accounts {
    /// Whoever has just shown a factor has not lost it: what was to remove it is off.
    pub(super) async fn keep_factors(&self, user: &User, held: &Held) -> Result<(), AuthError> {
        if held.reset_at.is_none() {
            return Ok(());
        }
        let event = Event::from(EventKind::FactorsKept).of(user.id);
        let change = FactorChange {
            user: user.id,
            by: None,
            at: self.now(),
            effects: Effects::default().told_by(event.record()),
        };
        let store = &self.known_factors()?.store;
        if store.schedule_reset(&change, None).await? {
            self.tell(&event);
        }
        Ok(())
    }
}
