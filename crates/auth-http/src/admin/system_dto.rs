//! The server on the wire of the admin API: who calls, sessions, keys, settings and parts.

use auth_core::session::{Age, SecretKind, Tally};
use serde::Serialize;
use utoipa::ToSchema;

use super::ShownSetting;
use super::account_dto::RoleName;

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
