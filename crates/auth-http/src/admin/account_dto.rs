//! Accounts on the wire of the admin API.

use auth_core::accounts::ProfilePatch;
use auth_core::accounts::admin::{AccountChange, AccountForm, Ended};
use auth_core::{Role, User};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

/// An account, as an operator sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub(super) struct AccountDto {
    #[schema(example = "019a8f0e-5b5c-7c3a-9d53-0f0a3c1b2d4e")]
    id: String,
    first_name: String,
    last_name: String,
    username: String,
    email: String,
    /// Whether the owner of the address has confirmed it.
    email_verified: bool,
    /// Whether the account can sign in with a password.
    has_password: bool,
    disabled: bool,
    /// What its owner may do with accounts of others, if anything.
    role: Option<RoleName>,
    /// The language that the owner has set for pages and mails (BCP 47), if any.
    #[schema(example = "de")]
    language: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// What the application keeps about the person.
    #[schema(value_type = Object)]
    profile: Map<String, Value>,
}

impl From<&User> for AccountDto {
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
            role: user.role.map(Into::into),
            language: user.language.as_ref().map(ToString::to_string),
            created_at: user.created_at.to_string(),
            profile: user.profile.fields().clone(),
        }
    }
}

/// A role.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Role)]
pub(super) enum RoleName {
    /// May do everything.
    Admin,
    /// May look, and help people back in.
    Support,
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => Self::Admin,
            Role::Support => Self::Support,
        }
    }
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Admin => Self::Admin,
            RoleName::Support => Self::Support,
        }
    }
}

/// A role, or the want of one.
#[derive(Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum WantedRole {
    /// May do everything.
    Admin,
    /// May look, and help people back in.
    Support,
    /// May do nothing with accounts of others.
    #[default]
    None,
}

impl From<WantedRole> for Option<Role> {
    fn from(wanted: WantedRole) -> Self {
        match wanted {
            WantedRole::Admin => Some(Role::Admin),
            WantedRole::Support => Some(Role::Support),
            WantedRole::None => None,
        }
    }
}

/// Which accounts.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct UsersQuery {
    /// How the username or the e-mail address begins.
    #[param(required = false, max_length = 254)]
    pub(super) search: String,
    /// Only those that are, or are not, disabled.
    pub(super) disabled: Option<bool>,
    /// Only those with this role.
    #[param(inline)]
    pub(super) role: Option<RoleName>,
    /// `next` of the part before.
    pub(super) cursor: Option<String>,
    /// At most so many.
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<u32>,
}

/// A part of the accounts.
#[derive(Serialize, ToSchema)]
#[schema(as = Accounts)]
pub(super) struct AccountsAnswer {
    /// They may be fewer than the limit although there are more.
    pub(super) users: Vec<AccountDto>,
    /// The cursor of the next part; none where this was the last one.
    pub(super) next: Option<String>,
}

/// An account in an answer.
#[derive(Serialize, ToSchema)]
pub(super) struct AccountAnswer {
    pub(super) user: AccountDto,
}

impl From<&User> for AccountAnswer {
    fn from(user: &User) -> Self {
        Self { user: user.into() }
    }
}

/// An account whose sessions were ended.
#[derive(Serialize, ToSchema)]
pub(super) struct EndedAnswer {
    /// As it is now, or was last.
    pub(super) user: AccountDto,
    pub(super) sessions_ended: u64,
}

impl From<Ended> for EndedAnswer {
    fn from(ended: Ended) -> Self {
        Self {
            user: (&ended.user).into(),
            sessions_ended: ended.sessions_ended,
        }
    }
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
#[schema(as = NewAccountBody)]
pub(super) struct CreateBody {
    #[schema(required, min_length = 1, max_length = 100)]
    first_name: String,
    /// Empty for people who have one name.
    #[schema(max_length = 100)]
    last_name: Option<String>,
    /// It may be a reserved one.
    #[schema(required, min_length = 3, max_length = 32)]
    username: String,
    #[schema(required, format = Email, max_length = 254)]
    email: String,
    /// The address counts as confirmed; otherwise its owner is asked to confirm it.
    email_verified: bool,
    /// Without one, the owner is mailed a link that sets it.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    pub(super) password: Option<String>,
}

impl From<&CreateBody> for AccountForm {
    fn from(body: &CreateBody) -> Self {
        Self {
            first_name: body.first_name.clone(),
            last_name: body.last_name.clone().unwrap_or_default(),
            username: body.username.clone(),
            email: body.email.clone(),
            email_verified: body.email_verified,
        }
    }
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
#[schema(as = AccountBody)]
pub(super) struct ChangeBody {
    #[schema(min_length = 1, max_length = 100)]
    first_name: Option<String>,
    #[schema(max_length = 100)]
    last_name: Option<String>,
    /// It may be a reserved one.
    #[schema(min_length = 3, max_length = 32)]
    username: Option<String>,
    /// It is mailed a link, and is the account's once that is followed, unless it is known to be.
    #[schema(format = Email, max_length = 254)]
    email: Option<String>,
    /// The new address is known to be the owner's: it is the account's at once.
    email_verified: bool,
    /// The language of pages and mails (BCP 47). Empty: what the browser asks for.
    #[schema(max_length = 35)]
    language: Option<String>,
}

impl From<ChangeBody> for AccountChange {
    fn from(body: ChangeBody) -> Self {
        Self {
            profile: ProfilePatch {
                first_name: body.first_name,
                last_name: body.last_name,
                username: body.username,
                email: body.email,
                current_password: None,
                language: body.language,
            },
            email_verified: body.email_verified,
        }
    }
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RoleBody {
    #[schema(required)]
    pub(super) role: Option<WantedRole>,
}
