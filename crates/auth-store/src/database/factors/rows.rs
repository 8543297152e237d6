//! Second factors as they stand in the database.

use auth_core::factor::{Check, Factor, FactorKind, Passkey};
use auth_core::{StoreError, Timestamp, UserId};
use diesel::prelude::*;

use crate::database::fault::failed;
use crate::schema::{factor_states, factors};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = factors, treat_none_as_default_value = false)]
pub(super) struct FactorRow {
    id: String,
    user_id: String,
    kind: String,
    name: String,
    created_at: i64,
    last_used_at: Option<i64>,
    seed: Option<String>,
    credential_id: Option<String>,
    passkey: Option<String>,
}

impl FactorRow {
    pub(super) fn new(user: UserId, factor: &Factor) -> Self {
        let (seed, passkey) = match &factor.check {
            Check::Totp(seed) => (Some(seed.clone()), None),
            Check::Passkey(passkey) => (None, Some(passkey.clone())),
        };
        let (credential_id, passkey) = passkey.map(|it| (it.credential_id, it.record)).unzip();
        Self {
            id: factor.id.to_string(),
            user_id: user.to_string(),
            kind: factor.kind().as_str().to_owned(),
            name: factor.name.clone(),
            created_at: factor.created_at.as_millis(),
            last_used_at: factor.last_used_at.map(Timestamp::as_millis),
            seed,
            credential_id,
            passkey,
        }
    }
}

impl TryFrom<FactorRow> for Factor {
    type Error = StoreError;

    fn try_from(row: FactorRow) -> Result<Self, StoreError> {
        let kind = FactorKind::from_stored(&row.kind);
        let check = match (kind, row.seed, row.credential_id.zip(row.passkey)) {
            (Some(FactorKind::Totp), Some(seed), _) => Check::Totp(seed),
            (Some(FactorKind::Passkey), _, Some((credential_id, record))) => {
                Check::Passkey(Passkey {
                    credential_id,
                    record,
                })
            }
            _ => return Err(failed("a second factor is of an unknown kind")),
        };
        Ok(Self {
            id: row.id.parse().map_err(failed)?,
            name: row.name,
            created_at: Timestamp::from_millis(row.created_at),
            last_used_at: row.last_used_at.map(Timestamp::from_millis),
            check,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = factor_states)]
pub(super) struct StateRow {
    pub(super) required: bool,
    pub(super) changed_at: Option<i64>,
    pub(super) lacking_since: Option<i64>,
    pub(super) reset_at: Option<i64>,
}
