//! How credentials travel: out of requests and into answers.

use std::iter;
use std::time::Duration;

use actix_session::SessionExt as _;
use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{AUTHORIZATION, HeaderValue, SET_COOKIE};
use actix_web::{HttpMessage as _, HttpResponse, HttpResponseBuilder};
use auth_core::strategy::Carrier;
use auth_core::{
    Clock as _, Credential, Issued, Secret, SecretText, Session, Strategy, SystemClock, Transport,
};

use crate::config::HttpConfig;
use crate::cookies;

/// The name under which the secret lies in the state of actix-session. Whoever keeps the
/// state need not know the name: the secret is all there is.
const STATE_KEY: &str = "secret";

/// The cookies a server sets and reads.
#[derive(Clone, Debug)]
pub struct CookieSettings {
    /// The session cookie: `__Host-session` on https, `session-PORT` on plain http.
    pub session_name: String,
    /// The refresh cookie: `__Host-refresh` on https, `refresh-PORT` on plain http.
    pub refresh_name: String,
    /// The flow cookie, which binds a sign-in at a provider to the browser that began it:
    /// `__Host-flow` on https, `flow-PORT` on plain http.
    pub flow_name: String,
    /// Whether cookies travel over TLS only.
    pub secure: bool,
    /// The only routes on which the refresh cookie is read. Its path can't say so, since
    /// `__Host-` goes with the path `/`.
    refresh_routes: [String; 2],
}

/// Which cookies of another credential an answer takes back from the browser.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leftovers {
    /// All: somebody signs in.
    All,
    /// Those in which the credential came that was exchanged.
    Of(Carrier),
}

/// How long the session cookie of an answer is to be kept by the browser.
#[derive(Clone, Copy)]
struct KeepFor(time::Duration);

impl CookieSettings {
    pub(crate) fn of(config: &HttpConfig) -> Self {
        let secure = config.is_https();
        // Cookies know no ports: without one in the name, two servers on one localhost
        // would overwrite each other's.
        let port = config.public_url.port_or_known_default().unwrap_or(80);
        let name = |what| match secure {
            true => format!("__Host-{what}"),
            false => format!("{what}-{port}"),
        };
        Self {
            session_name: name("session"),
            refresh_name: name("refresh"),
            flow_name: name("flow"),
            secure,
            refresh_routes: ["/refresh", "/logout"].map(|route| config.base_path.clone() + route),
        }
    }

    /// The credential that a request presents, which is the strategy's own if it is there; one
    /// presented twice is none.
    pub(crate) fn credential(&self, req: &HttpRequest, strategy: &Strategy) -> Option<Credential> {
        self.credentials(req, strategy).next()
    }

    /// All that a request presents.
    pub(crate) fn credentials(
        &self,
        req: &HttpRequest,
        strategy: &Strategy,
    ) -> impl Iterator<Item = Credential> {
        let own = strategy.transport();
        let others = Transport::ALL.into_iter().filter(move |one| *one != own);
        let others = others.filter(|transport| strategy.takes(*transport));
        iter::once(own).chain(others).filter_map(|transport| {
            let text = match transport {
                Transport::Cookie => self.in_session_cookie(req),
                Transport::Bearer => bearer(req),
            };
            Some(Credential::Access(transport, text?))
        })
    }

    /// What is in the session cookie. It stands behind a signature, whose end is the only `=`
    /// in it; see [`crate::session_cookie`] why nothing hangs on that.
    fn in_session_cookie(&self, req: &HttpRequest) -> Option<SecretText> {
        let value = cookies::only(req.headers(), &self.session_name)?;
        let parts = value.split_once("%3D").or_else(|| value.split_once('='));
        parts.map(|(_, credential)| SecretText::new(credential))
    }

    /// Whether the session cookie holds a token, valid or not.
    pub(crate) fn has_token_in_session_cookie(&self, req: &HttpRequest) -> bool {
        let text = self.in_session_cookie(req);
        text.is_some_and(|text| text.reveal().parse::<Secret>().is_err())
    }

    /// The secret in the session cookie, where that is one.
    pub(crate) fn session_secret(&self, req: &HttpRequest) -> Option<Secret> {
        self.in_session_cookie(req)?.reveal().parse().ok()
    }

    /// The secret in the refresh cookie, on the routes that take it.
    pub(crate) fn refresh_secret(&self, req: &HttpRequest) -> Option<Secret> {
        self.takes_refresh(req).then_some(())?;
        let value = cookies::only(req.headers(), &self.refresh_name)?;
        value.parse().ok()
    }

    /// The secret in the flow cookie.
    pub(crate) fn flow_secret(&self, req: &HttpRequest) -> Option<Secret> {
        let value = cookies::only(req.headers(), &self.flow_name)?;
        value.parse().ok()
    }

    /// The secret in the cookie that the flow of this state alone has.
    pub(crate) fn tab_secret(&self, req: &HttpRequest, state: &str) -> Option<Secret> {
        let name = self.tab_name(&state.parse().ok()?);
        cookies::only(req.headers(), &name)?.parse().ok()
    }

    /// Binds a flow to the tab that began it.
    pub(crate) fn set_tab(
        &self,
        answer: &mut HttpResponseBuilder,
        state: &Secret,
        secret: &Secret,
        lifetime: Duration,
    ) {
        answer.cookie(self.flow_cookie(self.tab_name(state), secret, lifetime));
    }

    /// The flow cookie's name with a mark of the flow, by which nobody names its state.
    fn tab_name(&self, state: &Secret) -> String {
        let hash = state.hash().to_text();
        format!("{}-{}", self.flow_name, &hash[..12])
    }

    /// Binds flows to the browser. `Lax`, since the provider sends the browser back from
    /// another site.
    pub(crate) fn set_flow(
        &self,
        answer: &mut HttpResponseBuilder,
        secret: &Secret,
        lifetime: Duration,
    ) {
        answer.cookie(self.flow_cookie(self.flow_name.clone(), secret, lifetime));
    }

    fn flow_cookie(&self, name: String, secret: &Secret, lifetime: Duration) -> Cookie<'static> {
        Cookie::build(name, secret.reveal())
            .path("/")
            .secure(self.secure)
            .http_only(true)
            .same_site(SameSite::Lax)
            .max_age(time::Duration::try_from(lifetime).unwrap_or_default())
            .finish()
    }

    /// Whether a request brings the session cookie, valid or not.
    pub(crate) fn session_presented(&self, req: &HttpRequest) -> bool {
        cookies::is_presented(req.headers(), &self.session_name)
    }

    /// Whether a request brings the refresh cookie, valid or not, to a route that takes it.
    pub(crate) fn refresh_presented(&self, req: &HttpRequest) -> bool {
        self.takes_refresh(req) && cookies::is_presented(req.headers(), &self.refresh_name)
    }

    fn takes_refresh(&self, req: &HttpRequest) -> bool {
        self.refresh_routes.iter().any(|route| route == req.path())
    }

    /// Hands all of a credential to the browser in cookies.
    pub(crate) fn set(&self, req: &HttpRequest, answer: &mut HttpResponseBuilder, issued: &Issued) {
        let state = req.get_session();
        state.clear();
        // A text always serialises.
        let _ = state.insert(STATE_KEY, issued.tokens.access.reveal());
        state.renew();
        if let Some(duration) = keep_for(&issued.session) {
            req.extensions_mut().insert(KeepFor(duration));
        }
        if let Some(refresh) = &issued.tokens.refresh {
            self.set_refresh(answer, &issued.session, refresh);
        }
    }

    /// Hands the refresh token to the browser.
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

    /// Takes the credentials of a strategy back from the browser.
    pub(crate) fn clear(&self, req: &HttpRequest, answer: &mut HttpResponse, strategy: &Strategy) {
        if strategy.takes(Transport::Cookie) {
            req.get_session().purge();
        }
        if strategy.has_refresh_tokens() {
            self.clear_refresh(answer);
        }
    }

    /// Takes from the browser what a credential left there that was exchanged for one of another
    /// kind.
    pub(crate) fn clear_old(
        &self,
        req: &HttpRequest,
        answer: &mut HttpResponse,
        issued: &Issued,
        leftovers: Leftovers,
    ) {
        let is_in = |cookie| matches!(leftovers, Leftovers::Of(carrier) if carrier == cookie);
        let all = leftovers == Leftovers::All;
        let by_cookie = issued.scheme.transport == Transport::Cookie;
        let was_session =
            all || is_in(Carrier::SessionCookie) || is_in(Carrier::BesideSessionCookie);
        if !by_cookie && was_session && self.session_presented(req) {
            req.get_session().purge();
        }
        let was_refresh =
            all || is_in(Carrier::RefreshCookie) || is_in(Carrier::BesideSessionCookie);
        let presented = || cookies::is_presented(req.headers(), &self.refresh_name);
        if issued.tokens.refresh.is_none() && was_refresh && presented() {
            self.clear_refresh(answer);
        }
    }

    fn clear_refresh(&self, answer: &mut HttpResponse) {
        let mut cookie = self.refresh_cookie(String::new());
        cookie.make_removal();
        // The cookie's parts are ours, so they fit a header.
        let _ = answer.add_cookie(&cookie);
    }

    fn refresh_cookie(&self, value: String) -> Cookie<'static> {
        Cookie::build(self.refresh_name.clone(), value)
            .path("/")
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
        let ours = header.to_str().ok().filter(|text| {
            let rest = text.strip_prefix(&self.session_name);
            rest.is_some_and(|rest| rest.starts_with('='))
        });
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

/// The token of the one `Authorization: Bearer` header (RFC 6750, 2.1).
pub(crate) fn bearer(req: &HttpRequest) -> Option<SecretText> {
    let mut headers = req.headers().get_all(AUTHORIZATION);
    // Tokens are long, and `to_str` looks at each byte alone. What is no ASCII is no token.
    let only = str::from_utf8(headers.next()?.as_bytes()).ok()?;
    if headers.next().is_some() {
        return None;
    }
    let (scheme, token) = only.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| SecretText::new(token))
}
