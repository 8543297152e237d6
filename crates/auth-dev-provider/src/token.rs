//! The token endpoint (OpenID Connect Core 1.0, 3.1.3).

use std::sync::Arc;

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::client_auth::authenticate;
use crate::grants::{Grant, Redemption};
use crate::oauth_error::TokenError;
use crate::params::Params;
use crate::{Client, DevProvider, Misbehaviour, id_token};

const HUGE: usize = 8 * 1024 * 1024;

/// A redeemed code and the access token for it.
pub(crate) struct Redeemed {
    client: Client,
    pub(crate) grant: Arc<Grant>,
    pub(crate) access_token: String,
}

/// Trades a code for tokens.
pub(crate) async fn exchange(
    provider: &DevProvider,
    request: &HttpRequest,
    body: &web::Bytes,
) -> HttpResponse {
    let params = Params::parse(body);
    let redeemed = match params.get("grant_type") {
        Some("authorization_code") => redeem(provider, request, &params),
        Some(_) => Err(TokenError::GrantType),
        None => Err(TokenError::Request("grant_type is missing.")),
    };
    let redeemed = match redeemed {
        Ok(redeemed) => redeemed,
        Err(error) => return error.answer(),
    };
    if let Some(fault) = fault(provider, &redeemed.grant).await {
        return fault;
    }
    match answer(provider, redeemed).await {
        Ok(tokens) => HttpResponse::Ok().json(tokens),
        Err(error) => error.answer(),
    }
}

/// Checks the client and takes the code.
pub(crate) fn redeem(
    provider: &DevProvider,
    request: &HttpRequest,
    params: &Params,
) -> Result<Redeemed, TokenError> {
    if params.repeated().is_some() {
        return Err(TokenError::Request("A parameter comes twice."));
    }
    let client = authenticate(provider, request, params)?;
    let missing = TokenError::Request;
    let code = params.get("code").ok_or(missing("code is missing."))?;
    let redirect_uri = params.get("redirect_uri");
    let verifier = params.get("code_verifier");
    let shown = Redemption {
        code,
        client_id: &client.id,
        redirect_uri: redirect_uri.ok_or(missing("redirect_uri is missing."))?,
        verifier: verifier.ok_or(missing("code_verifier is missing."))?,
    };
    let mut grants = provider.grants();
    let grant = grants.redeem(&shown).map_err(TokenError::Grant)?;
    let access_token = grants.add_token(code, grant.clone(), provider.token_lifetime());
    Ok(Redeemed {
        access_token: access_token.map_err(|_| TokenError::Server)?,
        grant,
        client,
    })
}

/// What the endpoint does instead of answering, or before it does.
pub(crate) async fn fault(provider: &DevProvider, grant: &Grant) -> Option<HttpResponse> {
    Some(match grant.misbehaviour? {
        Misbehaviour::SlowToken => {
            sleep(provider.config().slow_answer).await;
            return None;
        }
        Misbehaviour::FailingToken => TokenError::Server.answer(),
        Misbehaviour::TokenNotJson => HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .body("<!doctype html><title>Back soon</title><p>We are working on it."),
        Misbehaviour::HugeTokenAnswer => HttpResponse::Ok().json(json!({
            "token_type": "Bearer",
            "access_token": "x".repeat(HUGE),
        })),
        Misbehaviour::RedirectingToken => HttpResponse::Found()
            .insert_header((LOCATION, format!("{}/elsewhere", provider.issuer())))
            .finish(),
        _ => return None,
    })
}

/// The tokens (OpenID Connect Core 1.0, 3.1.3.3). Without the scope `openid` there is no
/// ID token: the request was plain OAuth.
async fn answer(provider: &DevProvider, redeemed: Redeemed) -> Result<Value, TokenError> {
    let Redeemed {
        client,
        grant,
        access_token,
    } = redeemed;
    let mut tokens = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": provider.token_lifetime().as_secs(),
        "scope": grant.request.scope.join(" "),
    });
    match grant.misbehaviour {
        Some(Misbehaviour::ExpiresInAsText) => tokens["expires_in"] = json!("3599"),
        Some(Misbehaviour::ScopeAsList) => tokens["scope"] = json!(grant.request.scope),
        Some(Misbehaviour::MacToken) => tokens["token_type"] = json!("mac"),
        _ => {}
    }
    if !grant.request.has_scope("openid") || grant.misbehaves(Misbehaviour::NoIdToken) {
        return Ok(tokens);
    }
    if grant.misbehaves(Misbehaviour::RotateBeforeSigning) {
        rotate(provider.clone()).await?;
    }
    let id_token = id_token::issue(provider, &client, &grant, &access_token);
    tokens["id_token"] = id_token.map_err(|_| TokenError::Server)?.into();
    Ok(tokens)
}

/// Making a key takes long enough to be done off the worker.
async fn rotate(provider: DevProvider) -> Result<(), TokenError> {
    let rotated = web::block(move || provider.rotate_key()).await;
    match rotated {
        Ok(Ok(())) => Ok(()),
        _ => Err(TokenError::Server),
    }
}
