//! `authctl user role`.

use auth_core::Role;
use clap::{Args, ValueEnum};

use super::shape::OneUser;
use super::{Desk, Name};
use crate::answer::Answer;

/// Which account, and its role.
#[derive(Args)]
pub struct SetRole {
    #[command(flatten)]
    name: Name,

    /// What its owner may do with accounts of others, in the admin API.
    #[arg(value_enum)]
    role: RoleName,
}

/// A role, or the want of one.
#[derive(Clone, Copy, ValueEnum)]
enum RoleName {
    /// May do everything.
    Admin,
    /// May look, and help people back in.
    Support,
    /// May do nothing.
    None,
}

impl From<RoleName> for Option<Role> {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Admin => Some(Role::Admin),
            RoleName::Support => Some(Role::Support),
            RoleName::None => None,
        }
    }
}

impl SetRole {
    /// Gives an account a role, or takes the one it has.
    ///
    /// # Errors
    /// When there is no such account, nobody would be an admin any more, or a store fails.
    pub async fn run(&self, desk: &Desk<'_>) -> anyhow::Result<Answer> {
        let user = desk.admin.find(&self.name.user).await?;
        let role = Option::from(self.role);
        let user = desk.admin.set_role(&desk.actor, &user, role).await?;
        let text = match user.role {
            Some(role) => format!("{} has the role {role}.", user.username),
            None => format!("{} has no role.", user.username),
        };
        Answer::new(&OneUser::from(&user), text)
    }
}
