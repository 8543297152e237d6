//! The second factors of whoever is signed in.

use actix_web::web::{Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use auth_core::{AuthError, Password, SecretText};

use super::{Answer, State, status};
use crate::body::{Body, OptionalBody};
use crate::current_user::{CurrentUser, Signed};
use crate::dto::{
    AddedFactorAnswer, ConfirmPasskeyBody, ConfirmTotpBody, DeleteBody, FactorAnswer,
    FactorNameBody, FactorsAnswer, NewTotpAnswer, PasskeyAnswer, RecoveryCodesAnswer,
    ShowFactorBody, ShownAnswer, StatusAnswer, revealed,
};
use crate::problem::Problem;

/// The account's second factors.
#[utoipa::path(
    get, path = "/factors", tag = "factors", security(("credential" = [])),
    responses((status = 200, description = "What there is", body = FactorsAnswer))
)]
pub(crate) async fn list(api: State, user: CurrentUser) -> Answer<FactorsAnswer> {
    let accounts = api.accounts();
    let held = accounts.held_factors(user.signed_in()).await?;
    let factors = accounts.factors().ok_or(AuthError::NotFound)?;
    let required = factors.is_required_of(&held);
    Ok(Json(FactorsAnswer::of(
        &held,
        required,
        factors.policy.grace,
    )))
}

/// Begin to add an authenticator app.
#[utoipa::path(
    post, path = "/factors/totp", tag = "factors", request_body = Option<DeleteBody>,
    security(("credential" = [])),
    responses(
        (status = 200, description = "Its seed, shown once; a code of it confirms it", body = NewTotpAnswer),
        (status = 403, description = "`reauth_required` or `factor_required`"),
        (status = 404, description = "`not_found`: nobody adds one here"),
        (status = 409, description = "`too_many_factors`"),
    )
)]
pub(crate) async fn begin_totp(
    req: HttpRequest,
    api: State,
    Signed(user, OptionalBody(body)): Signed<OptionalBody<DeleteBody>>,
) -> Answer<NewTotpAnswer> {
    let password = body.current_password.map(Password::new);
    let device = api.device(&req)?;
    let new = api
        .accounts()
        .begin_totp(user.signed_in(), password.as_ref(), &device)
        .await?;
    Ok(Json((&new).into()))
}

/// Add the authenticator app that shows this code.
#[utoipa::path(
    post, path = "/factors/totp/confirm", tag = "factors", request_body = ConfirmTotpBody,
    security(("credential" = [])),
    responses(
        (status = 201, description = "Added; with recovery codes where there were none", body = AddedFactorAnswer),
        (status = 400, description = "`invalid_token`: begin anew"),
        (status = 401, description = "`invalid_factor`: the code is wrong"),
    )
)]
pub(crate) async fn confirm_totp(
    req: HttpRequest,
    api: State,
    Signed(user, Body(body)): Signed<Body<ConfirmTotpBody>>,
) -> Result<HttpResponse, Problem> {
    let device = api.device(&req)?;
    let (code, name) = (SecretText::new(body.code), body.name.as_deref());
    let added = api
        .accounts()
        .confirm_totp(user.signed_in(), &body.id, &code, name, &device)
        .await?;
    Ok(HttpResponse::Created().json(AddedFactorAnswer::from(&added)))
}

/// Begin to add a passkey.
#[utoipa::path(
    post, path = "/factors/passkeys", tag = "factors", request_body = Option<DeleteBody>,
    security(("credential" = [])),
    responses(
        (status = 200, description = "What the browser needs to make it", body = PasskeyAnswer),
        (status = 403, description = "`reauth_required` or `factor_required`"),
        (status = 404, description = "`not_found`: nobody adds one here"),
        (status = 409, description = "`too_many_factors`"),
    )
)]
pub(crate) async fn begin_passkey(
    req: HttpRequest,
    api: State,
    Signed(user, OptionalBody(body)): Signed<OptionalBody<DeleteBody>>,
) -> Answer<PasskeyAnswer> {
    let password = body.current_password.map(Password::new);
    let device = api.device(&req)?;
    let new = api
        .accounts()
        .begin_passkey(user.signed_in(), password.as_ref(), &device)
        .await?;
    Ok(Json(new.into()))
}

/// Add the passkey that the browser has made.
#[utoipa::path(
    post, path = "/factors/passkeys/confirm", tag = "factors", request_body = ConfirmPasskeyBody,
    security(("credential" = [])),
    responses(
        (status = 201, description = "Added; with recovery codes where there were none", body = AddedFactorAnswer),
        (status = 400, description = "`invalid_token`: begin anew"),
        (status = 401, description = "`invalid_factor`: what the browser says proves nothing"),
        (status = 409, description = "`factor_taken`: some account has it"),
    )
)]
pub(crate) async fn confirm_passkey(
    api: State,
    Signed(user, Body(body)): Signed<Body<ConfirmPasskeyBody>>,
) -> Result<HttpResponse, Problem> {
    let name = body.name.as_deref();
    let added = api
        .accounts()
        .confirm_passkey(user.signed_in(), &body.id, &body.credential, name)
        .await?;
    Ok(HttpResponse::Created().json(AddedFactorAnswer::from(&added)))
}

/// Give a factor another name.
#[utoipa::path(
    patch, path = "/factors/{id}", tag = "factors", request_body = FactorNameBody,
    security(("credential" = [])),
    params(("id" = String, Path, description = "The factor's id")),
    responses(
        (status = 200, description = "The factor", body = FactorAnswer),
        (status = 404, description = "`not_found`: unknown, or somebody else's"),
    )
)]
pub(crate) async fn rename(
    api: State,
    id: Path<String>,
    Signed(user, Body(body)): Signed<Body<FactorNameBody>>,
) -> Answer<FactorAnswer> {
    let id = id.parse().map_err(|_| AuthError::NotFound)?;
    let renamed = api
        .accounts()
        .rename_factor(user.signed_in(), id, &body.name);
    Ok(Json(FactorAnswer {
        factor: (&renamed.await?).into(),
    }))
}

/// Remove a factor. With the last one the recovery codes go too.
#[utoipa::path(
    delete, path = "/factors/{id}", tag = "factors", request_body = Option<DeleteBody>,
    security(("credential" = [])),
    params(("id" = String, Path, description = "The factor's id")),
    responses(
        (status = 200, description = "Removed", body = StatusAnswer),
        (status = 403, description = "`reauth_required` or `factor_required`"),
        (status = 404, description = "`not_found`: unknown, or somebody else's"),
        (status = 409, description = "`last_factor`: the account has to have one; `last_sign_in_method`: nobody could sign in any more"),
    )
)]
pub(crate) async fn remove(
    req: HttpRequest,
    api: State,
    id: Path<String>,
    Signed(user, OptionalBody(body)): Signed<OptionalBody<DeleteBody>>,
) -> Answer<StatusAnswer> {
    let id = id.parse().map_err(|_| AuthError::NotFound)?;
    let password = body.current_password.map(Password::new);
    let device = api.device(&req)?;
    api.accounts()
        .remove_factor(user.signed_in(), id, password.as_ref(), &device)
        .await?;
    Ok(status("removed"))
}

/// Make new recovery codes in place of those there are.
#[utoipa::path(
    post, path = "/factors/recovery-codes", tag = "factors", request_body = Option<DeleteBody>,
    security(("credential" = [])),
    responses(
        (status = 200, description = "The codes, shown this once", body = RecoveryCodesAnswer),
        (status = 403, description = "`reauth_required` or `factor_required`"),
        (status = 404, description = "`not_found`: the account has no second factor"),
    )
)]
pub(crate) async fn recovery_codes(
    req: HttpRequest,
    api: State,
    Signed(user, OptionalBody(body)): Signed<OptionalBody<DeleteBody>>,
) -> Answer<RecoveryCodesAnswer> {
    let password = body.current_password.map(Password::new);
    let device = api.device(&req)?;
    let codes = api
        .accounts()
        .replace_recovery_codes(user.signed_in(), password.as_ref(), &device)
        .await?;
    Ok(Json(RecoveryCodesAnswer {
        recovery_codes: revealed(&codes),
    }))
}

/// What a browser needs to show a passkey again.
#[utoipa::path(
    post, path = "/factors/options", tag = "factors", security(("credential" = [])),
    responses(
        (status = 200, description = "What it needs", body = PasskeyAnswer),
        (status = 404, description = "`not_found`: the account has no passkey"),
    )
)]
pub(crate) async fn options(api: State, user: CurrentUser) -> Answer<PasskeyAnswer> {
    let options = api.accounts().again_options(user.signed_in()).await?;
    let (handle, passkey, lifetime) = options;
    Ok(Json(PasskeyAnswer {
        id: handle.reveal(),
        passkey,
        expires_in: lifetime.as_secs(),
    }))
}

/// Show a second factor again, for what asks for a recent one.
#[utoipa::path(
    post, path = "/factors/verify", tag = "factors", request_body = ShowFactorBody,
    security(("credential" = [])),
    responses(
        (status = 200, description = "Shown", body = ShownAnswer),
        (status = 400, description = "`invalid_token`: begin anew"),
        (status = 401, description = "`invalid_factor`"),
        (status = 404, description = "`not_found`: the account has no second factor"),
        (status = 429, description = "`too_many_attempts`, with Retry-After"),
    )
)]
pub(crate) async fn show_again(
    req: HttpRequest,
    api: State,
    Signed(user, Body(mut body)): Signed<Body<ShowFactorBody>>,
) -> Answer<ShownAnswer> {
    let device = api.device(&req)?;
    let (shown, id) = (body.shown()?, body.id.as_deref());
    let lasts = api
        .accounts()
        .show_factor(user.signed_in(), &shown, id, &device)
        .await?;
    Ok(Json(ShownAnswer {
        status: "shown",
        expires_in: lasts.as_secs(),
    }))
}
