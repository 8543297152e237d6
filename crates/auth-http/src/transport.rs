//! How credentials travel: out of requests and into answers.

use std::time::Duration;

use actix_session::SessionExt as _;
use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{AUTHORIZATION, HeaderValue, SET_COOKIE};
use actix_web::{HttpMessage as _, HttpResponse, HttpResponseBuilder};
use auth_core::strategy::SecretText;
use auth_core::{Clock as _, Credential, Secret, Session, SystemClock, Transport};

use crate::api::HttpConfig;

/// The name under which the secret lies in the state of actix-session. Whoever keeps the
/// state need not know the name: the secret is all there is.
const STATE_KEY: &str = "secret";

/// The cookies a server sets.
#[derive(Clone, Debug)]
pub struct CookieSettings {
    /// The session cookie: `__Host-session` on https, `session` on plain http.
    pub session_name: &'static str,
    /// The refresh cookie: `__Secure-refresh` on https, `refresh` on plain http.
    pub refresh_name: &'static str,
    /// The only path the refresh cookie is sent to.
    pub refresh_path: String,
    /// The flow cookie, which binds a sign-in at a provider to the browser that began it:
    /// `__Host-flow` on https, `flow` on plain http.
    pub flow_name: &'static str,
    /// Whether cookies travel over TLS only.
    pub secure: bool,
}

/// How long the session cookie of an answer is to be kept by the browser.
#[derive(Clone, Copy)]
struct KeepFor(time::Duration);

impl CookieSettings {
    pub(crate) fn of(config: &HttpConfig) -> Self {
        let secure = config.is_https();
        let pick = |tls, plain| if secure { tls } else { plain };
        Self {
            session_name: pick("__Host-session", "session"),
            refresh_name: pick("__Secure-refresh", "refresh"),
            refresh_path: format!("{}/refresh", config.base_path),
            flow_name: pick("__Host-flow", "flow"),
            secure,
        }
    }

    /// The credential that a request presents; one presented twice is none.
    pub(crate) fn credential(&self, req: &HttpRequest, transport: Transport) -> Option<Credential> {
        match transport {
            Transport::Cookie => self.session_secret(req).map(Credential::Cookie),
            Transport::Bearer => bearer(req).map(Credential::Bearer),
        }
    }

    /// The secret in the session cookie.
    pub(crate) fn session_secret(&self, req: &HttpRequest) -> Option<Secret> {
        only_cookie(req, self.session_name)?;
        let state = req.get_session();
        let entries = state.entries();
        let text: String = serde_json::from_str(entries.values().next()?).ok()?;
        text.parse().ok()
    }

    /// The secret in the refresh cookie.
    pub(crate) fn refresh_secret(&self, req: &HttpRequest) -> Option<Secret> {
        only_cookie(req, self.refresh_name)?.parse().ok()
    }

    /// The secret in the flow cookie.
    pub(crate) fn flow_secret(&self, req: &HttpRequest) -> Option<Secret> {
        only_cookie(req, self.flow_name)?.parse().ok()
    }

    /// Binds a flow to the browser. `Lax`, since the provider sends the browser back from
    /// another site.
    pub(crate) fn set_flow(
        &self,
        answer: &mut HttpResponseBuilder,
        secret: &Secret,
        lifetime: Duration,
    ) {
        let cookie = Cookie::build(self.flow_name, secret.reveal())
            .path("/")
            .secure(self.secure)
            .http_only(true)
            .same_site(SameSite::Lax)
            .max_age(time::Duration::try_from(lifetime).unwrap_or_default());
        answer.cookie(cookie.finish());
    }

    /// Whether a request brings the refresh cookie, valid or not.
    pub(crate) fn refresh_presented(&self, req: &HttpRequest) -> bool {
        req.cookie(self.refresh_name).is_some()
    }

    /// Hands the session secret to the browser.
    pub(crate) fn set_session(&self, req: &HttpRequest, session: &Session, secret: &Secret) {
        let state = req.get_session();
        state.clear();
        // A text always serialises.
        let _ = state.insert(STATE_KEY, secret.reveal());
        state.renew();
        if let Some(duration) = keep_for(session) {
            req.extensions_mut().insert(KeepFor(duration));
        }
    }

    /// Hands the refresh token to the browser, for the refresh route only.
    pub(crate) fn set_refresh(
        &self,
        answer: &mut HttpResponseBuilder,
        session: &Session,
        secret: &Secret,
    ) {
        let mut cookie = self.refresh_cookie(secret.reveal());
        cookie.set_max_age(keep_for(session));
        answer.cookie(cookie);
    }

    /// Takes the credentials back from the browser.
    pub(crate) fn clear(&self, req: &HttpRequest, answer: &mut HttpResponse, transport: Transport) {
        match transport {
            Transport::Cookie => req.get_session().purge(),
            Transport::Bearer => {
                let mut cookie = self.refresh_cookie(String::new());
                cookie.make_removal();
                // The cookie's parts are ours, so they fit a header.
                let _ = answer.add_cookie(&cookie);
            }
        }
    }

    fn refresh_cookie(&self, value: String) -> Cookie<'static> {
        Cookie::build(self.refresh_name, value)
            .path(self.refresh_path.clone())
            .secure(self.secure)
            .http_only(true)
            .same_site(SameSite::Strict)
            .finish()
    }

    /// Gives the session cookie of an answer the lifetime its session asked for: the
    /// middleware that writes it knows one lifetime for all.
    pub(crate) fn apply_lifetime<B>(&self, answer: &mut ServiceResponse<B>) {
        let Some(KeepFor(keep)) = answer.request().extensions().get().copied() else {
            return;
        };
        let headers = answer.headers_mut();
        let cookies: Vec<HeaderValue> = headers.remove(SET_COOKIE).collect();
        for cookie in cookies {
            headers.append(SET_COOKIE, self.with_max_age(cookie, keep));
        }
    }

    fn with_max_age(&self, header: HeaderValue, keep: time::Duration) -> HeaderValue {
        let ours = header
            .to_str()
            .ok()
            .filter(|text| text.starts_with(self.session_name));
        let kept = ours.map(|text| format!("{text}; Max-Age={}", keep.whole_seconds()));
        let kept = kept.and_then(|text| HeaderValue::from_str(&text).ok());
        kept.unwrap_or(header)
    }
}

/// How long a browser keeps the cookie: until the session ends if the person asked to
/// stay signed in, otherwise until the browser is closed.
fn keep_for(session: &Session) -> Option<time::Duration> {
    let left = session.ends_at.since(SystemClock.now());
    session
        .remember
        .then(|| time::Duration::try_from(left).unwrap_or_default())
}

/// The value of the one cookie of this name; a second one makes both worthless, since a
/// neighbouring host may have planted it.
pub(crate) fn only_cookie(req: &HttpRequest, name: &str) -> Option<String> {
    let cookies = req.cookies().ok()?;
    let mut named = cookies.iter().filter(|cookie| cookie.name() == name);
    let first = named.next()?;
    named.next().is_none().then(|| first.value().to_owned())
}

/// The token of the one `Authorization: Bearer` header (RFC 6750, 2.1).
fn bearer(req: &HttpRequest) -> Option<SecretText> {
    let mut headers = req.headers().get_all(AUTHORIZATION);
    let only = headers.next()?.to_str().ok()?;
    if headers.next().is_some() {
        return None;
    }
    let (scheme, token) = only.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| SecretText::new(token))
}
