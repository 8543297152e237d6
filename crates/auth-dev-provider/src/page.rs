//! The pages.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_SECURITY_POLICY;
use askama::Template;
use url::Url;

use crate::decision;
use crate::params::Params;
use crate::request::Destination;
use crate::{DevProvider, Misbehaviour, Person};

#[derive(Template)]
#[template(path = "authorize.html")]
struct AuthorizePage<'a> {
    base: &'a str,
    action: &'static str,
    client: &'a str,
    carried: Vec<(&'a str, &'a str)>,
    people: &'a [Person],
    login_hint: &'a str,
    misbehaviours: &'static [Misbehaviour],
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    base: &'a str,
    message: &'a str,
}

/// Asks who to be. The request travels through the form.
pub(crate) fn ask(provider: &DevProvider, params: &Params, to: &Destination) -> HttpResponse {
    let page = AuthorizePage {
        base: provider.path(),
        action: to.dialect.path(),
        client: &to.client.id,
        carried: params
            .iter()
            .filter(|(name, _)| !decision::FIELDS.contains(name))
            .collect(),
        people: &provider.config().people,
        login_hint: params.get("login_hint").unwrap_or_default(),
        misbehaviours: Misbehaviour::ALL,
    };
    html(StatusCode::OK, &page, &form_targets(to))
}

#[derive(Template)]
#[template(path = "send_back.html")]
struct SendBackPage<'a> {
    base: &'a str,
    action: &'a str,
    fields: &'a [(&'a str, &'a str)],
}

/// Lets the browser post the answer (OAuth 2.0 Form Post Response Mode).
pub(crate) fn send_back(
    provider: &DevProvider,
    to: &Destination,
    fields: &[(&str, &str)],
) -> HttpResponse {
    let page = SendBackPage {
        base: provider.path(),
        action: &to.redirect_uri,
        fields,
    };
    html(StatusCode::OK, &page, &form_targets(to))
}

/// Says what is wrong to the person, as there is no client that could be told.
pub(crate) fn refuse(provider: &DevProvider, message: &str) -> HttpResponse {
    let base = provider.path();
    html(
        StatusCode::BAD_REQUEST,
        &ErrorPage { base, message },
        "'none'",
    )
}

/// Where the form may lead: here, then on to the client.
fn form_targets(to: &Destination) -> String {
    let uris = [&to.redirect_uri].into_iter();
    let uris = uris.chain(&to.client.return_origins);
    let mut targets = "'self'".to_owned();
    for source in uris.filter_map(|uri| source(uri)) {
        targets.push(' ');
        targets.push_str(&source);
    }
    targets
}

/// The address as a source of the policy: its origin, or its scheme when it has none.
fn source(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    let origin = url.origin();
    Some(if origin.is_tuple() {
        origin.ascii_serialization()
    } else {
        format!("{}:", url.scheme())
    })
}

fn html(status: StatusCode, page: &impl Template, form_targets: &str) -> HttpResponse {
    let Ok(body) = page.render() else {
        return HttpResponse::InternalServerError().finish();
    };
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action {form_targets}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    HttpResponse::build(status)
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .content_type("text/html; charset=utf-8")
        .body(body)
}
