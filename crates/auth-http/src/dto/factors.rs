//! Second factors on the wire.

use auth_core::accounts::{AddedFactor, FinishSignIn, NewPasskey, NewTotp, Shown, StepOptions};
use auth_core::factor::{Factor, Held, RecoveryCode};
use auth_core::{AuthError, FieldCode, FieldError, SecretText};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{PendingStep, RefreshTransport};
use crate::qr;

/// What is shown as a second factor.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MethodName {
    /// A code of an authenticator app.
    Totp,
    /// A recovery code.
    RecoveryCode,
    /// A passkey.
    Passkey,
    /// A code that was mailed.
    MailCode,
    /// The first code of an authenticator app that is to be added.
    AddTotp,
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FactorBody {
    /// The `id` of the sign-in that waits.
    #[schema(required, pattern = "^[A-Za-z0-9_-]{43}$")]
    pending: String,
    /// One of those that were named.
    #[schema(required)]
    method: Option<MethodName>,
    /// The code, for every method but `passkey`.
    #[schema(max_length = 64)]
    code: Option<String>,
    /// What the browser made of the options, for `passkey`: `AuthenticationResponseJSON` (WebAuthn
    /// level 3, 5.1).
    #[schema(value_type = Option<Object>)]
    credential: Option<Value>,
    /// Not to ask this device again for a while.
    trust_device: bool,
    /// Stay signed in for long, where that was not said before.
    remember: bool,
    /// As at sign-in: where the refresh token is to travel.
    pub(crate) refresh: RefreshTransport,
}

impl TryFrom<FactorBody> for FinishSignIn {
    type Error = AuthError;

    fn try_from(body: FactorBody) -> Result<Self, AuthError> {
        Ok(Self {
            handle: body.pending,
            shown: shown(body.method, body.code, body.credential)?,
            trust_device: body.trust_device,
            remember: body.remember,
        })
    }
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PendingBody {
    /// The `id` of the sign-in that waits.
    #[schema(required, pattern = "^[A-Za-z0-9_-]{43}$")]
    pub(crate) pending: String,
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ShowFactorBody {
    /// `totp`, `recovery_code` or `passkey`.
    #[schema(required)]
    method: Option<MethodName>,
    /// The code, for every method but `passkey`.
    #[schema(max_length = 64)]
    code: Option<String>,
    /// What the browser made of the options, for `passkey`.
    #[schema(value_type = Option<Object>)]
    credential: Option<Value>,
    /// The `id` of the options, for `passkey`.
    pub(crate) id: Option<String>,
}

impl ShowFactorBody {
    pub(crate) fn shown(&mut self) -> Result<Shown, AuthError> {
        shown(self.method, self.code.take(), self.credential.take())
    }
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ConfirmTotpBody {
    /// The `id` of what was begun.
    #[schema(required, pattern = "^[A-Za-z0-9_-]{43}$")]
    pub(crate) id: String,
    /// What the app shows.
    #[schema(required, min_length = 6, max_length = 16)]
    pub(crate) code: String,
    /// What to call it.
    #[schema(max_length = 60)]
    pub(crate) name: Option<String>,
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ConfirmPasskeyBody {
    /// The `id` of what was begun.
    #[schema(required, pattern = "^[A-Za-z0-9_-]{43}$")]
    pub(crate) id: String,
    /// What the browser made of the options: `RegistrationResponseJSON` (WebAuthn level 3, 5.1).
    #[schema(required, value_type = Object)]
    pub(crate) credential: Value,
    /// What to call it.
    #[schema(max_length = 60)]
    pub(crate) name: Option<String>,
}

#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FactorNameBody {
    #[schema(required, min_length = 1, max_length = 60)]
    pub(crate) name: String,
}

/// What was shown, if it is there.
fn shown(
    method: Option<MethodName>,
    code: Option<String>,
    credential: Option<Value>,
) -> Result<Shown, AuthError> {
    let needed = |field| FieldError::new(field, FieldCode::Required, "This field is needed.");
    let code = || {
        let code = code.filter(|code| !code.trim().is_empty());
        code.map(SecretText::new).ok_or_else(|| needed("code"))
    };
    let method = method.ok_or_else(|| needed("method"))?;
    Ok(match method {
        MethodName::Totp => Shown::Totp(code()?),
        MethodName::RecoveryCode => Shown::RecoveryCode(code()?),
        MethodName::MailCode => Shown::MailCode(code()?),
        MethodName::AddTotp => Shown::AddTotp(code()?),
        MethodName::Passkey => Shown::Passkey(credential.ok_or_else(|| needed("credential"))?),
    })
}

/// A second factor of an account.
#[derive(Serialize, ToSchema)]
#[schema(as = Factor)]
pub(crate) struct FactorDto {
    id: String,
    /// `totp` or `passkey`.
    kind: &'static str,
    name: String,
    #[schema(format = DateTime)]
    created_at: String,
    /// Left out when it was never used.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
}

impl From<&Factor> for FactorDto {
    fn from(factor: &Factor) -> Self {
        Self {
            id: factor.id.to_string(),
            kind: factor.kind().as_str(),
            name: factor.name.clone(),
            created_at: factor.created_at.to_string(),
            last_used_at: factor.last_used_at.map(|at| at.to_string()),
        }
    }
}

/// What an account has of second factors.
#[derive(Serialize, ToSchema)]
pub(crate) struct FactorsAnswer {
    /// The oldest first.
    factors: Vec<FactorDto>,
    /// How many are left.
    recovery_codes: u32,
    /// Whether the account has to have one.
    required: bool,
    /// Until when it can be signed in to without one that it has to have.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    grace_until: Option<String>,
    /// When all of them go, since an operator was told that they are lost. Using one takes that
    /// back.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    removed_at: Option<String>,
}

impl FactorsAnswer {
    pub(crate) fn of(held: &Held, required: bool, grace: std::time::Duration) -> Self {
        let lacking_since = held.lacking_since.filter(|_| held.factors.is_empty());
        Self {
            factors: held.factors.iter().map(Into::into).collect(),
            recovery_codes: held.recovery_codes,
            required,
            grace_until: lacking_since.map(|since| (since + grace).to_string()),
            removed_at: held.reset_at.map(|at| at.to_string()),
        }
    }
}

/// An authenticator app that is to be added.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewTotpAnswer {
    /// Names it until it is confirmed.
    id: String,
    #[serde(flatten)]
    seed: TotpSeed,
    /// Seconds until it is over.
    expires_in: u64,
}

/// The seed of an authenticator app, shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct TotpSeed {
    /// In base 32, for who types it.
    secret: String,
    /// `otpauth://totp/…`, for apps on the same device.
    uri: String,
    /// The same as a QR code, an SVG image.
    qr: String,
}

impl From<&NewTotp> for TotpSeed {
    fn from(new: &NewTotp) -> Self {
        Self {
            secret: new.secret.reveal().to_owned(),
            uri: new.uri.reveal().to_owned(),
            qr: qr::svg(new.uri.reveal()),
        }
    }
}

impl From<&NewTotp> for NewTotpAnswer {
    fn from(new: &NewTotp) -> Self {
        Self {
            id: new.handle.reveal(),
            seed: new.into(),
            expires_in: new.lifetime.as_secs(),
        }
    }
}

/// What a browser needs for a passkey.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasskeyAnswer {
    /// Names it until it is confirmed.
    pub(crate) id: String,
    /// `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON`
    /// (WebAuthn level 3, 5.1).
    #[schema(value_type = Object)]
    pub(crate) passkey: Value,
    /// Seconds until it is over.
    pub(crate) expires_in: u64,
}

impl From<NewPasskey> for PasskeyAnswer {
    fn from(new: NewPasskey) -> Self {
        Self {
            id: new.handle.reveal(),
            passkey: new.options,
            expires_in: new.lifetime.as_secs(),
        }
    }
}

/// A sign-in by a passkey alone that has begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasskeySignInAnswer {
    pub(crate) pending: PendingStep,
    /// `PublicKeyCredentialRequestOptionsJSON`.
    #[schema(value_type = Object)]
    pub(crate) passkey: Value,
}

/// What the next step of a sign-in takes: one of the two.
#[derive(Serialize, ToSchema)]
pub(crate) struct StepOptionsAnswer {
    /// `PublicKeyCredentialRequestOptionsJSON`.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    passkey: Option<Value>,
    /// The authenticator app that is to be added.
    #[serde(skip_serializing_if = "Option::is_none")]
    totp: Option<TotpSeed>,
}

impl From<StepOptions> for StepOptionsAnswer {
    fn from(options: StepOptions) -> Self {
        let (passkey, totp) = match options {
            StepOptions::Passkey(options) => (Some(options), None),
            StepOptions::AddTotp(new) => (None, Some((&new).into())),
        };
        Self { passkey, totp }
    }
}

/// A factor that was added.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddedFactorAnswer {
    factor: FactorDto,
    /// Where the account had none; shown this once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    recovery_codes: Vec<String>,
}

impl From<&AddedFactor> for AddedFactorAnswer {
    fn from(added: &AddedFactor) -> Self {
        Self {
            factor: (&added.factor).into(),
            recovery_codes: revealed(&added.recovery_codes),
        }
    }
}

/// One factor.
#[derive(Serialize, ToSchema)]
pub(crate) struct FactorAnswer {
    pub(crate) factor: FactorDto,
}

/// New recovery codes, shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodesAnswer {
    pub(crate) recovery_codes: Vec<String>,
}

/// A second factor that was shown again.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShownAnswer {
    #[schema(example = "shown")]
    pub(crate) status: &'static str,
    /// Seconds for which it counts as shown lately.
    pub(crate) expires_in: u64,
}

/// Codes as their owner is shown them.
pub(crate) fn revealed(codes: &[RecoveryCode]) -> Vec<String> {
    codes.iter().map(RecoveryCode::reveal).collect()
}
