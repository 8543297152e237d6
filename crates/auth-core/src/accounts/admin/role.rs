//! Giving and taking roles.

use super::{Actor, Admin};
use crate::effects::Effects;
use crate::error::AuthError;
use crate::events::AdminAction;
use crate::role::{Permission, Role};
use crate::user::{UpdateConditions, User, UserChanges};

impl Admin {
    /// Gives an account a role, or takes the one it has, and with it the API keys that it has
    /// made. Nobody raises or lowers themselves, and who tries to is told of.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`] for one's own account, [`AuthError::LastAdmin`],
    /// [`AuthError::NotFound`], or a failing store.
    pub async fn set_role(
        &self,
        by: &Actor,
        user: &User,
        role: Option<Role>,
    ) -> Result<User, AuthError> {
        if *by == Actor::User(user.id) {
            let permission = Some(Permission::RolesWrite);
            self.tell(by, AdminAction::Refused { permission }, user)
                .await;
            return Err(AuthError::Forbidden);
        }
        let changes = UserChanges {
            role: Some(role),
            ..UserChanges::default()
        };
        let event = Self::event(by, AdminAction::RoleChanged { to: role }, user.id);
        let along = UpdateConditions {
            effects: Effects::default().told_by(event.record()),
            ..UpdateConditions::default()
        };
        let changed = self.update(user, &changes, &along).await?;
        self.told(&event).await;
        Ok(changed)
    }
}
