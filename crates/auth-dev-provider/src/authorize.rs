//! The authorization endpoint (OpenID Connect Core 1.0, 3.1.2).

use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use url::Url;

use crate::decision::Decision;
use crate::grants::Grant;
use crate::params::Params;
use crate::request::{AuthorizationRequest, Destination, Dialect};
use crate::{DevProvider, Misbehaviour, page};

/// Shows the page.
pub(crate) fn ask(provider: &DevProvider, request: &HttpRequest, dialect: Dialect) -> HttpResponse {
    let params = Params::parse(request.query_string().as_bytes());
    let to = match Destination::of(provider, &params, dialect) {
        Ok(to) => to,
        Err(message) => return page::refuse(provider, message),
    };
    match AuthorizationRequest::read(&params, &to) {
        Ok(_) => page::ask(provider, &params, &to),
        Err((error, why)) => Callback::new(provider, &to).error(error, why),
    }
}

/// Takes the decision. The request came back with it through the browser, so it is looked
/// at as if it were new.
pub(crate) fn decide(provider: &DevProvider, body: &web::Bytes, dialect: Dialect) -> HttpResponse {
    let params = Params::parse(body);
    let to = match Destination::of(provider, &params, dialect) {
        Ok(to) => to,
        Err(message) => return page::refuse(provider, message),
    };
    let request = match AuthorizationRequest::read(&params, &to) {
        Ok(request) => request,
        Err((error, why)) => return Callback::new(provider, &to).error(error, why),
    };
    match Decision::read(provider, &params) {
        Ok(Decision::SignIn(person, misbehaviour)) => {
            let grant = Grant {
                request,
                person,
                misbehaviour,
                auth_time: now(),
            };
            send_back(provider, &to, grant)
        }
        Ok(Decision::Decline) => {
            Callback::new(provider, &to).error("access_denied", "The person declined.")
        }
        Err(message) => page::refuse(provider, &message),
    }
}

fn send_back(provider: &DevProvider, to: &Destination, grant: Grant) -> HttpResponse {
    let mut callback = Callback::new(provider, to);
    match grant.misbehaviour {
        Some(Misbehaviour::WrongIssInCallback) => {
            callback.issuer = Some(other_issuer(provider));
        }
        Some(Misbehaviour::MissingIssInCallback) => callback.issuer = None,
        _ => {}
    }
    let lifetime = provider.config().code_lifetime;
    match provider.grants().add(grant, lifetime) {
        Ok(code) => callback.send(&[("code", &code)]),
        Err(_) => callback.error("server_error", "No code could be made."),
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |time| time.as_secs().cast_signed())
}

/// An issuer that this provider is not.
pub(crate) fn other_issuer(provider: &DevProvider) -> String {
    format!("{}/another", provider.issuer())
}

/// The way back to the client.
struct Callback<'a> {
    provider: &'a DevProvider,
    to: &'a Destination,
    /// The `iss` parameter (RFC 9207), which GitHub does not send.
    issuer: Option<String>,
}

impl<'a> Callback<'a> {
    fn new(provider: &'a DevProvider, to: &'a Destination) -> Self {
        let openid = to.dialect == Dialect::OpenId;
        Self {
            provider,
            to,
            issuer: openid.then(|| provider.issuer().to_owned()),
        }
    }

    fn error(&self, error: &str, why: &str) -> HttpResponse {
        self.send(&[("error", error), ("error_description", why)])
    }

    fn send(&self, answer: &[(&str, &str)]) -> HttpResponse {
        let Ok(mut uri) = Url::parse(&self.to.redirect_uri) else {
            return HttpResponse::InternalServerError().finish();
        };
        let mut fields = answer.to_vec();
        fields.extend(self.to.state.as_deref().map(|state| ("state", state)));
        fields.extend(self.issuer.as_deref().map(|issuer| ("iss", issuer)));
        if self.to.by_form {
            return page::send_back(self.provider, self.to, &fields);
        }
        uri.query_pairs_mut().extend_pairs(fields);
        HttpResponse::SeeOther()
            .insert_header((LOCATION, uri.as_str()))
            .finish()
    }
}
