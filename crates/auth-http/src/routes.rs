//! The whole route table.

use std::sync::Arc;

use actix_web::dev::HttpServiceFactory;
use actix_web::http::Method;
use actix_web::http::header::{ALLOW, CACHE_CONTROL};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{
    FromRequest, Handler, HttpResponse, Resource, Responder, ResponseError as _, Route, Scope,
};
use auth_core::{Accounts, Transport};

use crate::api::{Api, Observer, Readiness, TokenIssuer};
use crate::config::{HttpConfig, Placement};
use crate::cross_site;
use crate::handlers::{
    account, describe, docs, factors, form_post, health, history, identities, oauth, password,
    profile, sessions, sign_in, step,
};
use crate::middleware::Middleware;
use crate::openapi;
use crate::problem::{Code, Problem};
use crate::run_to_completion::RunToCompletion;
use crate::session_cookie;
use crate::transport::CookieSettings;

impl Api {
    /// Serves `accounts`.
    pub fn new(
        accounts: Accounts,
        config: HttpConfig,
        readiness: Arc<dyn Readiness>,
        issuer: Option<TokenIssuer>,
        observer: Option<Observer>,
    ) -> Self {
        let strategy = accounts.strategy().description();
        let parts = openapi::Parts {
            keys: issuer.is_some(),
            providers: !accounts.providers().is_empty(),
            profile_fields: accounts.has_profile_fields(),
            factors: accounts.factors().is_some(),
        };
        let description = openapi::describe(&config, &strategy, parts).into();
        Self::described(accounts, config, readiness, issuer, observer, description)
    }

    /// Registers the routes on an actix app, as its [placement](HttpConfig::placement) says:
    /// a server of its own also gets what is at the root, and wants [`Middleware`] around it.
    /// In another app all hangs under one path, within a middleware of its own.
    pub fn routes(&self) -> impl FnOnce(&mut ServiceConfig) + Clone + use<> {
        let api = self.clone();
        move |app| match api.config().placement {
            Placement::OwnServer => register(app, &api),
            Placement::Embedded => embed(app, &api),
        }
    }

    /// Registers what others need to verify tokens, which has to be at the root of the host
    /// (RFC 8615); nothing where no tokens are issued.
    pub fn well_known(&self) -> impl FnOnce(&mut ServiceConfig) + Clone + use<> {
        let api = self.clone();
        move |app| well_known(app, &api)
    }
}

/// Registers everything on a server of its own.
pub(crate) fn register(app: &mut ServiceConfig, api: &Api) {
    app.app_data(Data::new(api.clone()))
        .service(contract(&api.config().base_path, api))
        .configure(|app| operation(app, api))
        .configure(|app| well_known(app, api))
        .default_service(web::to(not_found));
}

/// Registers everything under one path of another app. What that app serves elsewhere, its
/// headers and its errors stay its own.
fn embed(app: &mut ServiceConfig, api: &Api) {
    let scope = web::scope(&api.config().base_path)
        .configure(|app| operation(app, api))
        .service(contract("", api))
        .wrap(Middleware);
    app.app_data(Data::new(api.clone())).service(scope);
}

/// The contract under a path, guarded against other sites.
fn contract(path: &str, api: &Api) -> impl HttpServiceFactory + use<> {
    let routes = routes(api);
    web::scope(path)
        .service(routes)
        .wrap(from_fn(cross_site::guard))
        .wrap(cross_site::cors(api.config()))
        .wrap(from_fn(cross_site::diagnose))
}

/// Every route of the contract.
fn routes(api: &Api) -> Scope {
    web::scope("")
        .service(entry("/register", api).post(account::register).done())
        .service(entry("/verify", api).post(account::verify).done())
        .service(entry("/verify/resend", api).post(account::resend).done())
        .service(entry("/login", api).post(sign_in::login).done())
        .service(
            entry("/logout", api)
                .post(sign_in::logout)
                .delete(sign_in::logout)
                .done(),
        )
        .service(entry("/refresh", api).post(sign_in::refresh).done())
        .service(
            entry("/profile", api)
                .get(profile::show)
                .patch(profile::change)
                .delete(profile::delete)
                .done(),
        )
        .service(entry("/password/change", api).post(password::change).done())
        .service(entry("/password/forgot", api).post(password::forgot).done())
        .service(entry("/password/reset", api).post(password::reset).done())
        .service(
            entry("/sessions", api)
                .get(sessions::list)
                .delete(sessions::revoke_others)
                .done(),
        )
        .service(entry("/sessions/{id}", api).delete(sessions::revoke).done())
        .service(at("/security-events").get(history::security_events).done())
        .service(at("/strategy").get(describe::strategy).done())
        .configure(|routes| factors(routes, api))
        .configure(|routes| federation(routes, api))
        .default_service(web::to(not_found))
}

/// What monitors ask, and the description.
fn operation(app: &mut ServiceConfig, api: &Api) {
    app.service(at("/health/live").get(health::live).done())
        .service(at("/health/ready").get(health::ready).done())
        .service(at("/health/client").get(health::client).done())
        .service(at("/health").get(health::ready).done());
    if api.config().docs {
        app.service(at("/openapi.json").get(describe::openapi).done())
            .service(docs::docs(api.config().operation_path()));
    }
}

/// What others need to check tokens of this server; nothing where it issues none.
fn well_known(app: &mut ServiceConfig, api: &Api) {
    if api.issuer().is_none() {
        return;
    }
    app.app_data(Data::new(api.clone()));
    app.service(at("/.well-known/jwks.json").get(describe::jwks).done());
    for name in ["oauth-authorization-server", "openid-configuration"] {
        let metadata = at(&format!("/.well-known/{name}"));
        app.service(metadata.get(describe::issuer).done());
    }
}

/// Second factors, and what begins without a password; nothing where there are none.
fn factors(routes: &mut ServiceConfig, api: &Api) {
    if api.accounts().factors().is_none() {
        return;
    }
    let post = |path: &str| entry(path, api);
    routes
        .service(post("/login/factor").post(step::factor).done())
        .service(post("/login/factor/options").post(step::options).done())
        .service(post("/login/passkey").post(step::passkey).done())
        .service(post("/login/mail").post(step::mail).done())
        .service(at("/factors").get(factors::list).done())
        .service(post("/factors/totp").post(factors::begin_totp).done())
        .service(
            post("/factors/totp/confirm")
                .post(factors::confirm_totp)
                .done(),
        )
        .service(
            post("/factors/passkeys")
                .post(factors::begin_passkey)
                .done(),
        )
        .service(
            post("/factors/passkeys/confirm")
                .post(factors::confirm_passkey)
                .done(),
        )
        .service(
            post("/factors/recovery-codes")
                .post(factors::recovery_codes)
                .done(),
        )
        .service(post("/factors/options").post(factors::options).done())
        .service(post("/factors/verify").post(factors::show_again).done())
        .service(
            post("/factors/{id}")
                .patch(factors::rename)
                .delete(factors::remove)
                .done(),
        );
}

/// Sign-in through providers, where there are any; only tokens have to be exchanged for.
fn federation(routes: &mut ServiceConfig, api: &Api) {
    if api.accounts().providers().is_empty() {
        return;
    }
    if api.accounts().strategy().takes(Transport::Bearer) {
        routes.service(entry("/oauth/exchange", api).post(oauth::exchange).done());
    }
    routes
        .service(
            entry("/oauth/{provider}/start", api)
                .visit(oauth::start)
                .done(),
        )
        .service(
            entry("/oauth/{provider}/callback", api)
                .visit(oauth::callback)
                .post(form_post::callback_by_form)
                .done(),
        )
        .service(at(form_post::SCRIPT).get(form_post::script).done())
        .service(
            entry("/oauth/{provider}/link", api)
                .post(oauth::link)
                .done(),
        )
        .service(at("/identities").get(identities::list).done())
        .service(
            entry("/identities/{id}", api)
                .delete(identities::unlink)
                .done(),
        );
}

pub(crate) async fn not_found() -> Result<HttpResponse, Problem> {
    let detail = "There is nothing at this address.";
    Err(Problem::new(Code::NotFound, detail))
}

/// A resource that knows its methods, so that any other one is answered as HTTP wants
/// it: 405 with `Allow` (RFC 9110, 15.5.6), `OPTIONS` with 204.
pub(crate) struct At {
    resource: Resource,
    allowed: Vec<Method>,
    /// What may hand the session cookie out or take it back, where there is one.
    cookie: Option<CookieSettings>,
}

/// A resource that takes no method yet.
pub(crate) fn at(path: &str) -> At {
    At {
        resource: web::resource(path),
        allowed: vec![Method::OPTIONS],
        cookie: None,
    }
}

/// The same for a route that may change something, and so hand the session cookie out or take
/// it back.
fn entry(path: &str, api: &Api) -> At {
    let by_cookie = api.accounts().strategy().takes(Transport::Cookie);
    At {
        cookie: by_cookie.then(|| api.cookies().clone()),
        ..at(path)
    }
}

/// What may change something: once begun, it runs to its end.
macro_rules! methods {
    ($($name:ident $method:ident),*) => {
        $(pub(crate) fn $name<H, Args>(self, handler: H) -> Self
        where
            H: Handler<Args>,
            H::Future: 'static,
            Args: FromRequest + 'static,
            H::Output: Responder + 'static,
        {
            let route = web::method(Method::$method).to(RunToCompletion(handler));
            let route = match &self.cookie {
                Some(cookie) => route.wrap(session_cookie::middleware(cookie)),
                None => route,
            };
            self.on(Method::$method, route)
        })*
    };
}

impl At {
    // A visit is a GET that moves a flow on, so that a HEAD must not be taken for one.
    methods!(post POST, put PUT, patch PATCH, delete DELETE, visit GET);

    pub(crate) fn get<H, Args>(self, handler: H) -> Self
    where
        H: Handler<Args>,
        Args: FromRequest + 'static,
        H::Output: Responder + 'static,
    {
        let head = web::method(Method::HEAD).to(handler.clone());
        self.on(Method::GET, web::get().to(handler))
            .on(Method::HEAD, head)
    }

    fn on(mut self, method: Method, route: Route) -> Self {
        self.allowed.push(method);
        self.resource = self.resource.route(route);
        self
    }

    pub(crate) fn done(self) -> Resource {
        let allowed: Vec<&str> = self.allowed.iter().map(Method::as_str).collect();
        let allow = allowed.join(", ");
        self.resource
            .default_service(web::to(move |method: Method| {
                let allow = allow.clone();
                async move { other_method(&method, &allow) }
            }))
    }
}

fn other_method(method: &Method, allow: &str) -> HttpResponse {
    if *method == Method::OPTIONS {
        return HttpResponse::NoContent()
            .insert_header((ALLOW, allow))
            .insert_header((CACHE_CONTROL, "no-store"))
            .finish();
    }
    let detail = format!("This address takes {allow}.");
    let problem = Problem::new(Code::MethodNotAllowed, detail);
    let mut answer = problem.error_response();
    if let Ok(value) = allow.parse() {
        answer.headers_mut().insert(ALLOW, value);
    }
    answer
}
