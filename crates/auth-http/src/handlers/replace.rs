//! The page that asks before another site's link replaces somebody's session.

use actix_web::http::header::{ACCEPT, CONTENT_SECURITY_POLICY};
use actix_web::{HttpRequest, HttpResponse};
use auth_core::{IdentityProvider, Transport, User};
use maud::{DOCTYPE, Markup, html};

use crate::api::Api;
use crate::current_user::CurrentUser;
use crate::navigation;
use crate::problem::{Code, Problem};

/// The page, when another site's page leads a browser to sign in where somebody is signed in
/// already: signing a person in to an account of the attacker's is an attack too (login
/// CSRF). Whoever goes on comes from this very page, and is not asked again.
///
/// Token strategies can't tell here whether somebody is signed in: there, the page that takes
/// the code up decides.
pub(super) async fn question(
    req: &HttpRequest,
    api: &Api,
    provider: &str,
    return_to: &str,
) -> Result<Option<HttpResponse>, Problem> {
    let by_cookie = api.accounts().strategy().transport() == Transport::Cookie;
    if !by_cookie || !is_browser(req) || !navigation::is_led_from_elsewhere(req, api.config()) {
        return Ok(None);
    }
    let Some(provider) = api.accounts().providers().get(provider) else {
        return Ok(None);
    };
    let user = match CurrentUser::of(req, api).await {
        Ok(user) => user,
        Err(problem) if problem.code() == Code::Unauthenticated => return Ok(None),
        Err(problem) => return Err(problem),
    };
    let page = page(&user, &*provider, req.query_string(), return_to);
    let policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let answer = HttpResponse::Ok()
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .content_type("text/html; charset=utf-8")
        .body(page.into_string());
    Ok(Some(answer))
}

fn page(user: &User, provider: &dyn IdentityProvider, query: &str, return_to: &str) -> Markup {
    let (who, provider) = (user.username.as_str(), provider.name());
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta name="color-scheme" content="light dark";
                title { "Sign in with " (provider) "?" }
            }
            body {
                main {
                    h1 { "Sign in with " (provider) "?" }
                    p { "You are signed in as " strong { (who) } ". Another site asks you to sign in with " (provider) ", which signs " (who) " out of this browser." }
                    p { a href={ "?" (query) } { "Continue to " (provider) } }
                    p { a href=(return_to) { "Stay signed in as " (who) } }
                }
            }
        }
    }
}

pub(super) fn is_browser(req: &HttpRequest) -> bool {
    let accepted = req.headers().get(ACCEPT).and_then(|v| v.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}
