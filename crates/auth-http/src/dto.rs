//! The shapes on the wire.

mod factors;
mod federation;
pub(crate) mod history;
mod signed_in;
mod strategy;

use auth_core::accounts::{Confirmation, ProfilePatch, Registration, SignIn};
use auth_core::{Password, Session, Transport, User};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::client_addr::Proxy;

pub(crate) use factors::*;
pub(crate) use federation::*;
pub(crate) use signed_in::*;
pub(crate) use strategy::*;

/// A user, as that user sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserDto {
    #[schema(example = "019a8f0e-5b5c-7c3a-9d53-0f0a3c1b2d4e")]
    id: String,
    #[schema(example = "Ada")]
    first_name: String,
    #[schema(example = "Lovelace")]
    last_name: String,
    #[schema(example = "ada")]
    username: String,
    #[schema(example = "ada@example.org")]
    email: String,
    /// Whether the owner of the address has confirmed it.
    email_verified: bool,
    /// Whether the account can sign in with a password.
    has_password: bool,
    #[schema(format = DateTime)]
    created_at: String,
    /// What the application keeps about the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, required)]
    profile: Option<Map<String, Value>>,
    /// The language that the user has set for pages and mails (BCP 47); absent where they follow
    /// the browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, example = "de")]
    language: Option<String>,
}

impl UserDto {
    pub(crate) fn of(user: &User, has_profile_fields: bool) -> Self {
        Self {
            id: user.id.to_string(),
            first_name: user.first_name.to_string(),
            last_name: user.last_name.to_string(),
            username: user.username.to_string(),
            email: user.email.to_string(),
            email_verified: user.email_verified,
            has_password: user.password_hash.is_some(),
            created_at: user.created_at.to_string(),
            profile: has_profile_fields.then(|| user.profile.fields().clone()),
            language: user.language.as_ref().map(ToString::to_string),
        }
    }
}

/// One signed-in device.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionDto {
    id: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    last_seen_at: String,
    /// When it ends if it is not used again.
    #[schema(format = DateTime)]
    expires_at: String,
    user_agent: String,
    ip: String,
    /// Whether it is the one that asks.
    current: bool,
}

impl SessionDto {
    pub(crate) fn of(session: &Session, current: bool) -> Self {
        Self {
            id: session.id.to_string(),
            created_at: session.created_at.to_string(),
            last_seen_at: session.last_seen_at.to_string(),
            expires_at: session.expires_at().to_string(),
            user_agent: session.device.user_agent.clone(),
            ip: session.device.ip.to_string(),
            current,
        }
    }
}

/// A user in an answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserAnswer {
    pub(crate) user: UserDto,
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatusAnswer {
    #[schema(example = "signed_out")]
    pub(crate) status: &'static str,
}

/// The signed-in devices.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionsAnswer {
    pub(crate) sessions: Vec<SessionDto>,
}

/// How many devices were signed out.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevokedAnswer {
    pub(crate) revoked: u64,
}

/// Where the refresh token of a bearer strategy is to travel.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema, Default, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefreshTransport {
    /// In the body of the answer.
    #[default]
    Body,
    /// In a cookie that only the refresh route gets.
    Cookie,
}

/// How a credential travels.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TransportName {
    /// In a cookie.
    Cookie,
    /// In the `Authorization` header.
    Bearer,
}

impl From<TransportName> for Transport {
    fn from(name: TransportName) -> Self {
        match name {
            TransportName::Cookie => Self::Cookie,
            TransportName::Bearer => Self::Bearer,
        }
    }
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RegisterBody {
    #[schema(required, min_length = 1, max_length = 100)]
    first_name: String,
    /// Empty for people who have one name.
    #[schema(required, max_length = 100)]
    last_name: String,
    /// Letters, digits, `_`, `.` and `-` of one script.
    #[schema(required, min_length = 3, max_length = 32)]
    username: String,
    #[schema(required, format = Email, max_length = 254)]
    email: String,
    /// Neither common nor made of the account's own words. The shortest length is a
    /// setting, see `/strategy`.
    #[schema(required, format = Password, min_length = 8, max_length = 128)]
    password: String,
}

impl From<RegisterBody> for Registration {
    fn from(body: RegisterBody) -> Self {
        Self {
            first_name: body.first_name,
            last_name: body.last_name,
            username: body.username,
            email: body.email,
            password: Password::new(body.password),
        }
    }
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct VerifyBody {
    /// The token from the mailed link.
    #[schema(
        required,
        min_length = 43,
        max_length = 43,
        pattern = "^[A-Za-z0-9_-]{43}$"
    )]
    token: String,
    /// The password chosen at the sign-up, or the account's. May be left out by who is signed
    /// in to the account.
    #[schema(format = Password, max_length = 128)]
    password: Option<String>,
    /// Stay signed in for long.
    remember: bool,
    /// As at sign-in: where the refresh token is to travel.
    pub(crate) refresh: RefreshTransport,
}

impl From<VerifyBody> for Confirmation {
    fn from(body: VerifyBody) -> Self {
        Self {
            token: body.token,
            password: body.password.map(Password::new),
            remember: body.remember,
        }
    }
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct EmailBody {
    #[schema(required, format = Email, max_length = 254)]
    pub(crate) email: String,
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LoginBody {
    /// A username or an e-mail address.
    #[schema(required, min_length = 1, max_length = 254)]
    pub(crate) identifier: String,
    #[schema(required, format = Password, min_length = 1, max_length = 128)]
    pub(crate) password: String,
    /// Stay signed in for long.
    remember: bool,
    /// Bearer strategies only; cookie strategies take it and have nothing to do.
    pub(crate) refresh: RefreshTransport,
}

impl From<LoginBody> for SignIn {
    fn from(body: LoginBody) -> Self {
        Self {
            identifier: body.identifier,
            password: Password::new(body.password),
            remember: body.remember,
        }
    }
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RefreshBody {
    /// Left out when the token is in the cookie, and on cookie strategies.
    pub(crate) refresh_token: Option<String>,
    /// The transport of another credential that the client could keep as well. A server that
    /// changes over from one kind to another hands that out only to who says so.
    pub(crate) transport: Option<TransportName>,
    /// As at sign-in: where the refresh token is to travel. Where nothing is said, as before.
    pub(crate) refresh: Option<RefreshTransport>,
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogoutBody {
    /// Ends the session whose refresh token it is or was. May be left out when the token is
    /// in the cookie, on cookie strategies, and where an access token comes along.
    pub(crate) refresh_token: Option<String>,
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ProfileBody {
    #[schema(min_length = 1, max_length = 100)]
    first_name: Option<String>,
    /// Empty for people who have one name.
    #[schema(max_length = 100)]
    last_name: Option<String>,
    #[schema(min_length = 3, max_length = 32)]
    username: Option<String>,
    /// The language of pages and mails (BCP 47). Empty: what the browser asks for.
    #[schema(max_length = 35)]
    language: Option<String>,
    /// A new address; needs `current_password` or a sign-in younger than the
    /// re-authentication time.
    #[schema(format = Email, max_length = 254)]
    email: Option<String>,
    #[schema(format = Password, max_length = 128)]
    current_password: Option<String>,
    /// What is to change of what the application keeps about the user: a merge patch (RFC
    /// 7396), in which `null` takes a field away.
    #[schema(value_type = Option<Object>)]
    pub(crate) profile: Option<Map<String, Value>>,
}

impl From<ProfileBody> for ProfilePatch {
    fn from(body: ProfileBody) -> Self {
        Self {
            first_name: body.first_name,
            last_name: body.last_name,
            username: body.username,
            language: body.language,
            email: body.email,
            current_password: body.current_password.map(Password::new),
        }
    }
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DeleteBody {
    /// May be left out after a fresh sign-in.
    #[schema(format = Password, max_length = 128)]
    pub(crate) current_password: Option<String>,
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ChangePasswordBody {
    #[schema(required, format = Password, max_length = 128)]
    pub(crate) current_password: String,
    #[schema(required, format = Password, min_length = 8, max_length = 128)]
    pub(crate) new_password: String,
    /// As at sign-in: where the new refresh token is to travel.
    pub(crate) refresh: RefreshTransport,
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ResetBody {
    /// The token from the mailed link.
    #[schema(
        required,
        min_length = 43,
        max_length = 43,
        pattern = "^[A-Za-z0-9_-]{43}$"
    )]
    pub(crate) token: String,
    #[schema(required, format = Password, min_length = 8, max_length = 128)]
    pub(crate) password: String,
}

/// As whom a request reaches a server.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClientAnswer {
    /// The address that counts as the client's.
    #[schema(value_type = String)]
    pub(crate) address: std::net::IpAddr,
    /// Whether a proxy passed the request on, and is believed when it says for whom.
    pub(crate) proxy: Proxy,
}

/// The state of a server.
#[derive(Serialize, ToSchema)]
pub(crate) struct HealthAnswer {
    /// `ok` or `unavailable`.
    pub(crate) status: &'static str,
    /// The state of each dependency, where it was asked for.
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    #[schema(required = false)]
    pub(crate) checks: std::collections::BTreeMap<&'static str, &'static str>,
}
