//! The shapes of the admin API on the wire.

use auth_core::accounts::ProfilePatch;
use auth_core::accounts::admin::{AccountChange, AccountForm, PersonRecord};
use auth_core::session::{Age, SecretKind, Tally};
use auth_core::{ApiKey, Identity, OutboxEntry, Role, SignUp, User};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::ShownSetting;
use crate::dto::{FactorsAnswer, IdentityDto, SessionDto};

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

/// Who calls.
#[derive(Serialize, ToSchema)]
#[schema(as = Me)]
pub(super) struct MeAnswer {
    /// As events name them: `user:ID` or `key:ID`.
    pub(super) actor: String,
    /// Their role; none for a program.
    pub(super) role: Option<RoleName>,
    /// What they may do.
    #[schema(value_type = Vec<String>, example = json!(["users:read"]))]
    pub(super) permissions: Vec<&'static str>,
    /// Their session; none for a program.
    pub(super) session: Option<String>,
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

/// A part of a list.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
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

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RequiredBody {
    /// Whether the account has to have a second factor, whatever is asked of all.
    #[schema(required)]
    pub(super) required: Option<bool>,
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FactorResetBody {
    /// In how many seconds they go; a day where nothing is said, 90 at most. Until then their
    /// owner, who is told by mail, can object by using one.
    #[schema(minimum = 0, maximum = 7776000)]
    pub(super) delay: Option<u64>,
}

/// When the factors go.
#[derive(Serialize, ToSchema)]
pub(super) struct FactorResetAnswer {
    #[schema(format = DateTime)]
    pub(super) removed_at: String,
}

/// An API key, without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(super) struct ApiKeyDto {
    id: String,
    name: String,
    #[schema(value_type = Vec<String>)]
    scopes: Vec<&'static str>,
    /// Who made it: `user:ID`, or a tool and a name.
    created_by: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    /// To the minute; none where it was never used.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

impl From<&ApiKey> for ApiKeyDto {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
            created_by: key.created_by.clone(),
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.to_string(),
            last_used_at: key.last_used_at.map(|at| at.to_string()),
        }
    }
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ApiKeyBody {
    /// What to call it.
    #[schema(required, min_length = 1, max_length = 100)]
    pub(super) name: String,
    /// Permissions; neither `roles:write` nor `api_keys:write`, which only people have.
    #[schema(required, min_items = 1, example = json!(["users:read"]))]
    pub(super) scopes: Option<Vec<String>>,
    /// How many seconds it works; a year at most.
    #[schema(required, minimum = 1, maximum = 31622400)]
    pub(super) expires_in: Option<u64>,
}

/// A key that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct NewApiKeyAnswer {
    pub(super) api_key: ApiKeyDto,
    /// What to present as a bearer; shown this once.
    #[schema(example = "cak_…")]
    pub(super) key: String,
}

/// A part of the keys.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKeys)]
pub(super) struct ApiKeysAnswer {
    pub(super) api_keys: Vec<ApiKeyDto>,
    /// The cursor of the next part; none where this was the last one.
    pub(super) next: Option<String>,
}

/// All live sessions, counted.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionTally)]
pub(super) struct TallyAnswer {
    total: u64,
    by: Vec<TallyDto>,
}

/// Live sessions of one kind and age.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionCount)]
struct TallyDto {
    /// What their credential is.
    #[schema(value_type = String)]
    credential: &'static str,
    /// When they were last used, as the time that it is less than.
    #[schema(value_type = String, example = "1h")]
    used_within: &'static str,
    count: u64,
}

impl From<&Tally> for TallyAnswer {
    fn from(tally: &Tally) -> Self {
        let kinds = SecretKind::ALL.into_iter();
        let by = kinds.flat_map(|kind| Age::ALL.map(|age| (kind, age)));
        let by = by.map(|(kind, age)| TallyDto {
            credential: kind.credential(),
            used_within: age.as_str(),
            count: tally.of(kind, age),
        });
        let by: Vec<_> = by.filter(|one| one.count > 0).collect();
        Self {
            total: by.iter().map(|one| one.count).sum(),
            by,
        }
    }
}

/// A key that signs or verifies tokens.
#[derive(Serialize, ToSchema)]
#[schema(as = SigningKey)]
pub(super) struct SigningKeyDto {
    pub(super) kid: String,
    /// The one algorithm it is used with (RFC 7518).
    #[schema(value_type = String, example = "EdDSA")]
    pub(super) alg: &'static str,
    /// `active`, or `retiring`: it verifies older tokens only.
    #[schema(value_type = String)]
    pub(super) state: &'static str,
    #[schema(format = DateTime)]
    pub(super) created_at: String,
    /// How old it is, in seconds.
    pub(super) age: u64,
}

/// The keys that sign and verify tokens.
#[derive(Serialize, ToSchema)]
#[schema(as = SigningKeys)]
pub(super) struct SigningKeysAnswer {
    pub(super) keys: Vec<SigningKeyDto>,
}

/// A setting in force.
#[derive(Serialize, ToSchema)]
#[schema(as = Setting)]
pub(super) struct SettingDto {
    name: String,
    env: Option<String>,
    /// Without what is secret in it.
    value: Option<String>,
    /// Where it comes from.
    #[schema(value_type = String, example = "default")]
    source: &'static str,
}

impl From<&ShownSetting> for SettingDto {
    fn from(setting: &ShownSetting) -> Self {
        Self {
            name: setting.name.clone(),
            env: setting.env.clone(),
            value: setting.value.clone(),
            source: setting.source,
        }
    }
}

/// The settings in force.
#[derive(Serialize, ToSchema)]
#[schema(as = Settings)]
pub(super) struct SettingsAnswer {
    pub(super) settings: Vec<SettingDto>,
}

/// How the server does.
#[derive(Serialize, ToSchema)]
#[schema(as = PartsHealth)]
pub(super) struct PartsAnswer {
    /// `ok`, or `degraded` where some part is.
    #[schema(value_type = String)]
    pub(super) status: &'static str,
    /// Each part: `ok` or `degraded`.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub(super) parts: std::collections::BTreeMap<&'static str, &'static str>,
}

/// All that is kept about a person.
#[derive(Serialize, ToSchema)]
#[schema(as = Person)]
pub(super) struct PersonAnswer {
    account: AccountDto,
    sessions: Vec<SessionDto>,
    identities: Vec<PersonIdentityDto>,
    /// None where there are no second factors.
    factors: Option<FactorsAnswer>,
    mails: Vec<PersonMailDto>,
    sign_ups: Vec<PersonSignUpDto>,
}

/// An identity, with who the person is at the provider.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonIdentity)]
struct PersonIdentityDto {
    identity: IdentityDto,
    issuer: String,
    subject: String,
}

impl From<&Identity> for PersonIdentityDto {
    fn from(identity: &Identity) -> Self {
        Self {
            identity: identity.into(),
            issuer: identity.subject.issuer.clone(),
            subject: identity.subject.name.clone(),
        }
    }
}

/// A mail that waits to be delivered.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonMail)]
struct PersonMailDto {
    to: String,
    #[schema(value_type = String)]
    kind: &'static str,
    attempts: u32,
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<&OutboxEntry> for PersonMailDto {
    fn from(mail: &OutboxEntry) -> Self {
        Self {
            to: mail.to.to_string(),
            kind: mail.kind.as_str(),
            attempts: mail.attempts,
            created_at: mail.created_at.to_string(),
        }
    }
}

/// A sign-up with the person's address, by them or by somebody else.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonSignUp)]
struct PersonSignUpDto {
    first_name: String,
    last_name: String,
    username: String,
    email: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
}

impl From<&SignUp> for PersonSignUpDto {
    fn from(sign_up: &SignUp) -> Self {
        Self {
            first_name: sign_up.first_name.to_string(),
            last_name: sign_up.last_name.to_string(),
            username: sign_up.username.to_string(),
            email: sign_up.email.to_string(),
            created_at: sign_up.created_at.to_string(),
            expires_at: sign_up.expires_at.to_string(),
        }
    }
}

impl PersonAnswer {
    pub(super) fn of(record: &PersonRecord, factors: Option<FactorsAnswer>) -> Self {
        let device = |one| SessionDto::of(one, false);
        Self {
            account: (&record.user).into(),
            sessions: record.devices.iter().map(device).collect(),
            identities: record.identities.iter().map(Into::into).collect(),
            factors,
            mails: record.mails.iter().map(Into::into).collect(),
            sign_ups: record.sign_ups.iter().map(Into::into).collect(),
        }
    }
}
