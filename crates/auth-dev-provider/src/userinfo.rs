//! Userinfo (OpenID Connect Core 1.0, 5.3).

use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse};

use crate::claims;
use crate::grants::Grant;
use crate::{DevProvider, Misbehaviour};

/// Tells the claims of the granted scopes.
pub(crate) fn answer(provider: &DevProvider, request: &HttpRequest) -> HttpResponse {
    let Some(grant) = bearer(request).and_then(|token| provider.grants().behind(&token)) else {
        return HttpResponse::Unauthorized()
            .insert_header((WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""))
            .finish();
    };
    if !grant.request.has_scope("openid") {
        return HttpResponse::Forbidden()
            .insert_header((WWW_AUTHENTICATE, "Bearer error=\"insufficient_scope\""))
            .finish();
    }
    if grant.misbehaves(Misbehaviour::UserinfoFails) {
        return HttpResponse::InternalServerError().finish();
    }
    let mut claims = claims::by_scope(&grant);
    claims.insert("sub".into(), subject(&grant).into());
    HttpResponse::Ok().json(claims)
}

/// The token of the Authorization header (RFC 6750, 2.1; GitHub also calls it `token`).
pub(crate) fn bearer(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    let known = ["bearer", "token"].contains(&scheme.to_ascii_lowercase().as_str());
    known.then(|| token.trim().to_owned())
}

/// Whom the answer is about.
pub(crate) fn subject(grant: &Grant) -> String {
    let subject = &grant.person.subject;
    match grant.misbehaves(Misbehaviour::OtherSubInUserinfo) {
        true => format!("{subject}-another"),
        false => subject.clone(),
    }
}
