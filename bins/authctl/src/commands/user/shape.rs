//! How an account is shown.

use auth_core::{Identity, Role, Session, User};
use serde::Serialize;

use crate::table::{aligned, pairs, table};

/// An account, as the servers show it to its owner and with what concerns an administrator.
#[derive(Serialize)]
pub struct UserShape {
    pub id: String,
    pub first_name: String,
    pub last_name: String,
    pub username: String,
    pub email: String,
    pub email_verified: bool,
    pub has_password: bool,
    pub disabled: bool,
    /// What its owner may do with accounts of others, if anything.
    pub role: Option<&'static str>,
    /// RFC 3339, UTC.
    pub created_at: String,
}

/// The answer of a command about one account.
#[derive(Serialize)]
pub struct OneUser {
    pub user: UserShape,
}

impl From<&User> for OneUser {
    fn from(user: &User) -> Self {
        let user = user.into();
        Self { user }
    }
}

/// A signed-in device, as the servers show it to its owner.
#[derive(Serialize)]
pub struct SessionShape {
    id: String,
    created_at: String,
    last_seen_at: String,
    expires_at: String,
    user_agent: String,
    ip: String,
}

impl From<&Session> for SessionShape {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.to_string(),
            created_at: session.created_at.to_string(),
            last_seen_at: session.last_seen_at.to_string(),
            expires_at: session.expires_at().to_string(),
            user_agent: session.device.user_agent.clone(),
            ip: session.device.ip.to_string(),
        }
    }
}

/// An account at a provider that can sign in, and what it is called there.
#[derive(Serialize)]
pub struct IdentityShape {
    id: String,
    provider: String,
    issuer: String,
    subject: String,
    /// The address that the provider told when it was linked.
    email: Option<String>,
    linked_at: String,
}

impl From<&Identity> for IdentityShape {
    fn from(identity: &Identity) -> Self {
        Self {
            id: identity.id.to_string(),
            provider: identity.provider.to_string(),
            issuer: identity.subject.issuer.clone(),
            subject: identity.subject.name.clone(),
            email: identity.email.clone(),
            linked_at: identity.linked_at.to_string(),
        }
    }
}

impl From<&User> for UserShape {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            first_name: user.first_name.to_string(),
            last_name: user.last_name.to_string(),
            username: user.username.to_string(),
            email: user.email.to_string(),
            email_verified: user.email_verified,
            has_password: user.password_hash.is_some(),
            disabled: user.disabled,
            role: user.role.map(Role::as_str),
            created_at: user.created_at.to_string(),
        }
    }
}

impl UserShape {
    /// All of it, one thing a line.
    pub fn details(&self) -> String {
        pairs([
            ("Id", self.id.clone()),
            ("Username", self.username.clone()),
            ("E-mail", self.email.clone()),
            ("Name", self.name()),
            ("State", self.state().to_owned()),
            ("Password", yes_or_no(self.has_password)),
            ("Role", self.role.unwrap_or("none").to_owned()),
            ("Created", self.created_at.clone()),
        ])
    }

    fn row(&self) -> [String; 6] {
        [
            self.id.clone(),
            self.username.clone(),
            self.email.clone(),
            self.name(),
            self.state().to_owned(),
            self.created_at.clone(),
        ]
    }

    fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    fn state(&self) -> &'static str {
        match (self.disabled, self.email_verified) {
            (true, _) => "disabled",
            (false, true) => "active",
            (false, false) => "unverified",
        }
    }
}

/// Devices, one a line.
pub fn devices(sessions: &[SessionShape]) -> String {
    let row = |one: &SessionShape| {
        let (seen, expires) = (one.last_seen_at.clone(), one.expires_at.clone());
        [seen, expires, one.ip.clone(), one.user_agent.clone()]
    };
    let rows: Vec<_> = sessions.iter().map(row).collect();
    table(["DEVICE SEEN", "EXPIRES", "ADDRESS", "CLIENT"], &rows)
}

/// Identities, one a line.
pub fn identities(identities: &[IdentityShape]) -> String {
    let row = |one: &IdentityShape| {
        let email = one.email.clone().unwrap_or_default();
        [one.linked_at.clone(), one.provider.clone(), email]
    };
    let rows: Vec<_> = identities.iter().map(row).collect();
    table(["IDENTITY LINKED", "PROVIDER", "E-MAIL"], &rows)
}

/// Accounts, one a line.
pub fn listed(users: &[UserShape]) -> String {
    let rows: Vec<_> = users.iter().map(UserShape::row).collect();
    table(
        ["ID", "USERNAME", "E-MAIL", "NAME", "STATE", "CREATED"],
        &rows,
    )
}

/// More accounts, one a line, under the heading of those before.
pub fn listed_further(users: &[UserShape]) -> String {
    let rows: Vec<_> = users.iter().map(UserShape::row).collect();
    aligned(rows.iter())
}

fn yes_or_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}
