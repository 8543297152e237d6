//! GitHub's dialect: OAuth without an ID token, and the parts of its API that tell who
//! somebody is. Client and API address are both that of the issuer.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, USER_AGENT};
use actix_web::{HttpRequest, HttpResponse, web};
use aws_lc_rs::digest;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::grants::Grant;
use crate::params::Params;
use crate::userinfo::{bearer, subject};
use crate::{DevProvider, Misbehaviour, claims, token};

/// Trades a code for an access token. Errors have the status 200, and the answer is a form
/// unless JSON was asked for.
pub(crate) async fn exchange(
    provider: &DevProvider,
    request: &HttpRequest,
    body: &web::Bytes,
) -> HttpResponse {
    let redeemed = match token::redeem(provider, request, &Params::parse(body)) {
        Ok(redeemed) => redeemed,
        Err(error) => return told(request, &error.in_github_words()),
    };
    if let Some(fault) = token::fault(provider, &redeemed.grant).await {
        return fault;
    }
    let answer = json!({
        "access_token": redeemed.access_token,
        "token_type": "bearer",
        "scope": redeemed.grant.request.scope.join(","),
    });
    told(request, &answer)
}

fn told(request: &HttpRequest, answer: &Value) -> HttpResponse {
    let accept = request.headers().get(ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("json")) {
        return HttpResponse::Ok().json(answer);
    }
    let members = answer.as_object().into_iter().flatten();
    let pairs = members.filter_map(|(name, value)| Some((name, value.as_str()?)));
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    HttpResponse::Ok()
        .content_type("application/x-www-form-urlencoded; charset=utf-8")
        .body(form)
}

/// `GET /user`: the account, without its address, as of somebody who keeps it private.
pub(crate) fn user(provider: &DevProvider, request: &HttpRequest) -> HttpResponse {
    match caller(provider, request) {
        Ok(grant) => HttpResponse::Ok().json(json!({
            "login": login(&grant),
            "id": number(&subject(&grant)),
            "type": "User",
            "name": grant.person.name(),
            "email": null,
        })),
        Err(refusal) => refusal.answer(),
    }
}

/// `GET /user/emails`: the primary address is not the first one.
pub(crate) fn emails(provider: &DevProvider, request: &HttpRequest) -> HttpResponse {
    let grant = match caller(provider, request) {
        Ok(grant) => grant,
        Err(refusal) => return refusal.answer(),
    };
    let scopes = ["user", "user:email"];
    if !scopes.iter().any(|scope| grant.request.has_scope(scope)) {
        return Refusal(StatusCode::NOT_FOUND, "Not Found").answer();
    }
    let spare = format!("{}@users.noreply.example.com", login(&grant));
    let mut emails =
        vec![json!({"email": spare, "primary": false, "verified": true, "visibility": null})];
    let email = grant.person.email.as_ref();
    if let Some(email) = email.filter(|_| !grant.misbehaves(Misbehaviour::NoEmail)) {
        let verified = match grant.misbehaviour {
            Some(Misbehaviour::EmailVerifiedAsString) => json!("true"),
            _ => json!(claims::is_verified(&grant)),
        };
        emails.push(json!({
            "email": email, "primary": true, "verified": verified, "visibility": "private",
        }));
    }
    HttpResponse::Ok().json(emails)
}

/// Why the API tells nothing.
struct Refusal(StatusCode, &'static str);

impl Refusal {
    fn answer(self) -> HttpResponse {
        HttpResponse::build(self.0).json(json!({ "message": self.1 }))
    }
}

/// Whose token the request shows. As at GitHub, a request that names no user agent gets
/// nowhere.
fn caller(provider: &DevProvider, request: &HttpRequest) -> Result<Arc<Grant>, Refusal> {
    if !request.headers().contains_key(USER_AGENT) {
        let why = "Please make sure your request has a User-Agent header";
        return Err(Refusal(StatusCode::FORBIDDEN, why));
    }
    let unauthorized = |why| Refusal(StatusCode::UNAUTHORIZED, why);
    let token = bearer(request).ok_or(unauthorized("Requires authentication"))?;
    let grant = provider.grants().behind(&token);
    let grant = grant.ok_or(unauthorized("Bad credentials"))?;
    match grant.misbehaves(Misbehaviour::UserinfoFails) {
        true => Err(Refusal(StatusCode::INTERNAL_SERVER_ERROR, "Server Error")),
        false => Ok(grant),
    }
}

fn login(grant: &Grant) -> String {
    let person = &grant.person;
    let username = person.preferred_username.clone();
    username.unwrap_or_else(|| format!("user-{}", number(&person.subject)))
}

/// GitHub's ids are numbers; this one belongs to the subject. It fits into what every
/// JSON reader takes for an integer.
fn number(subject: &str) -> u64 {
    let hash = digest::digest(&digest::SHA256, subject.as_bytes());
    let bytes = hash.as_ref().iter().take(6);
    bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
}
