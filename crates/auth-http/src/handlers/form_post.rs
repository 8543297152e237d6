//! Providers that answer by a form (OAuth 2.0 Form Post Response Mode), as Apple does.
//!
//! The browser posts the form from the provider's site, and sends no `SameSite=Lax` cookie
//! with that. So a form that comes without the flow cookie is answered by a page that posts
//! it again, from here and with the cookie. That page adds nothing to what the sender knew:
//! the flow is found by its state and the cookie together, as ever.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use auth_core::SecretText;
use serde::Deserialize;

use super::State;
use super::oauth::came_back;
use crate::api::Api;
use crate::body::FormBody;
use crate::config::HttpConfig;
use crate::dto::CallbackQuery;
use crate::problem::Problem;

/// Where the script of the page is, below the base path.
pub(crate) const SCRIPT: &str = "/oauth/form_post.js";

/// The field that says that the form was posted from here.
const AGAIN: &str = "posted_again";

/// What a provider's form holds.
#[derive(Deserialize)]
pub(crate) struct CallbackForm {
    #[serde(flatten)]
    answer: CallbackQuery,
    /// What Apple says about the person, the first time.
    user: Option<String>,
    posted_again: Option<String>,
}

/// The same for a provider that answers by a form.
#[utoipa::path(
    post, path = "/oauth/{provider}/callback", tag = "providers",
    params(("provider" = String, Path, description = "An id from `/strategy`")),
    request_body(content = CallbackQuery, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "A page that posts the form again, with the flow cookie", content_type = "text/html"),
        (status = 303, description = "To `return_to`"),
    )
)]
pub(crate) async fn callback_by_form(
    req: HttpRequest,
    api: State,
    provider: Path<String>,
    FormBody(form): FormBody<CallbackForm>,
) -> Result<HttpResponse, Problem> {
    let (cookies, state) = (api.cookies(), form.answer.state());
    let is_bound = cookies
        .flow_secret(&req)
        .or(cookies.tab_secret(&req, state))
        .is_some();
    if !is_bound && form.posted_again.is_none() {
        return Ok(post_again(&api, &form));
    }
    let user = form.user.map(SecretText::new);
    came_back(&req, &api, &provider, form.answer, user).await
}

/// The page that posts a form again. Without JavaScript its button does.
fn post_again(api: &Api, form: &CallbackForm) -> HttpResponse {
    let mut fields: Vec<(&str, &str)> = form.answer.fields().collect();
    fields.extend(form.user.as_deref().map(|user| ("user", user)));
    fields.push((AGAIN, "1"));
    let fields = fields.into_iter().map(|(name, value)| {
        let value = escaped(value);
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
    });
    let script = format!("{}{SCRIPT}", api.config().base_path);
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Signing in</title>\
         <script src=\"{}\" defer></script></head><body><form method=\"post\">{}\
         <button>Continue</button></form></body></html>",
        escaped(&script),
        fields.collect::<String>()
    );
    HttpResponse::Ok()
        .insert_header((CONTENT_SECURITY_POLICY, policy(api.config())))
        .content_type("text/html; charset=utf-8")
        .body(page)
}

/// Browsers hold `form-action` against every hop that follows a form, so wherever
/// `return_to` may lead is allowed there.
fn policy(config: &HttpConfig) -> String {
    let trusted = config.trusted_origins.get();
    let trusted: Vec<String> = trusted.iter().map(ToString::to_string).collect();
    format!(
        "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'; \
         form-action 'self' {}",
        trusted.join(" ")
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The script of the page. It is a file, since the page's policy allows none inline.
pub(crate) async fn script() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .content_type("text/javascript; charset=utf-8")
        .body("document.forms[0].submit();\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_a_value() {
        let text = r#""><script>'&amp;"#;
        let expected = "&quot;&gt;&lt;script&gt;&#39;&amp;amp;";
        assert_eq!(escaped(text), expected);
    }
}
