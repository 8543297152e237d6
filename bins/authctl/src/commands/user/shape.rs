//! How an account is shown.

use auth_core::User;
use serde::Serialize;

use crate::table::{pairs, table};

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
    /// RFC 3339, UTC.
    pub created_at: String,
}

/// The answer of a command about one account.
#[derive(Serialize)]
pub struct OneUser {
    pub user: UserShape,
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

/// Accounts, one a line.
pub fn listed(users: &[UserShape]) -> String {
    let rows: Vec<_> = users.iter().map(UserShape::row).collect();
    table(
        ["ID", "USERNAME", "E-MAIL", "NAME", "STATE", "CREATED"],
        &rows,
    )
}

fn yes_or_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}
