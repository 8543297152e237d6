//! What people and programs may do with the accounts of others.

use std::fmt;

/// What somebody is to the service beside being a user of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// May do everything.
    Admin,
    /// May look, and help people back in.
    Support,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 2] = [Self::Admin, Self::Support];

    /// The form on the wire, on the command line and in stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Support => "support",
        }
    }

    /// The role of this name. One that only a later version knows is none, and permits nothing.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// What it permits.
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Admin => &Permission::ALL,
            Self::Support => &[
                Permission::UsersRead,
                Permission::UsersSupport,
                Permission::AuditRead,
                Permission::SystemRead,
                Permission::MailRead,
            ],
        }
    }

    /// Whether it permits this.
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that may be permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// List, search and look at accounts with their devices, identities and factors.
    UsersRead,
    /// Let somebody try to sign in again, and mail a link that sets a password.
    UsersSupport,
    /// Make, change, disable and sign out accounts, and have their factors reset.
    UsersWrite,
    /// Delete accounts.
    UsersDelete,
    /// Have all that is kept about a person.
    UsersExport,
    /// Give and take roles.
    RolesWrite,
    /// Make, list and revoke API keys.
    ApiKeysWrite,
    /// Read what was done.
    AuditRead,
    /// See settings, health, figures, the number of sessions and the public keys.
    SystemRead,
    /// See which mails wait to be delivered.
    MailRead,
    /// Have mails that wait be tried at once.
    MailWrite,
    /// Make, look at, change and delete webhooks, which take what happens out of the house.
    WebhooksWrite,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 12] = [
        Self::UsersRead,
        Self::UsersSupport,
        Self::UsersWrite,
        Self::UsersDelete,
        Self::UsersExport,
        Self::RolesWrite,
        Self::ApiKeysWrite,
        Self::AuditRead,
        Self::SystemRead,
        Self::MailRead,
        Self::MailWrite,
        Self::WebhooksWrite,
    ];

    /// The form on the wire, on the command line and in stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UsersRead => "users:read",
            Self::UsersSupport => "users:support",
            Self::UsersWrite => "users:write",
            Self::UsersDelete => "users:delete",
            Self::UsersExport => "users:export",
            Self::RolesWrite => "roles:write",
            Self::ApiKeysWrite => "api_keys:write",
            Self::AuditRead => "audit:read",
            Self::SystemRead => "system:read",
            Self::MailRead => "mail:read",
            Self::MailWrite => "mail:write",
            Self::WebhooksWrite => "webhooks:write",
        }
    }

    /// The permission of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }

    /// Whether a person has to have shown a second factor a short while ago for it (OWASP ASVS
    /// 5.0, 7.5.3), rather than at any time in the session.
    pub const fn is_grave(self) -> bool {
        matches!(
            self,
            Self::UsersDelete
                | Self::UsersExport
                | Self::RolesWrite
                | Self::ApiKeysWrite
                | Self::WebhooksWrite
        )
    }

    /// Whether an API key may have it: none makes further keys, or raises anybody.
    pub const fn is_for_keys(self) -> bool {
        !matches!(self, Self::RolesWrite | Self::ApiKeysWrite)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_no_other_is_a_role() {
        for role in Role::ALL {
            assert_eq!(Role::of_name(role.as_str()), Some(role));
        }
        for permission in Permission::ALL {
            assert_eq!(Permission::of_name(permission.as_str()), Some(permission));
        }
        for name in ["", "Admin", "owner"] {
            assert_eq!(Role::of_name(name), None);
        }
    }

    #[test]
    fn support_changes_nothing_but_lets_people_back_in() {
        let may: Vec<_> = Permission::ALL
            .into_iter()
            .filter(|one| Role::Support.may(*one))
            .map(Permission::as_str)
            .collect();
        assert_eq!(
            may,
            [
                "users:read",
                "users:support",
                "audit:read",
                "system:read",
                "mail:read"
            ]
        );
        assert!(Permission::ALL.into_iter().all(|one| Role::Admin.may(one)));
    }
}
