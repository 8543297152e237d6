//! What happens to every request and every answer, whatever the route.

mod headers;
mod line;
mod profile_read;
mod trace;

use std::future::{Ready, ready};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{
    ResponseHead, Service, ServiceRequest, ServiceResponse, Transform, forward_ready,
};
use actix_web::error::InternalError;
use actix_web::http::header::{self, AcceptLanguage, CONTENT_TYPE, Header as _, Quality};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::{Error, ResponseError as _};
use auth_core::Languages;
use futures_util::FutureExt as _;
use tracing::field::Empty;
use tracing::{Instrument as _, Level, Span};

use crate::api::{Answer, Api};
use crate::bridge;
use crate::cookies;
use crate::cross_site;
use crate::current_user::CurrentUser;
use crate::eventual::Eventual;
use crate::method::{is_safe, known};
use crate::problem::{Code, Problem};
use crate::request_id::RequestId;
use auth_core::UserId;
use line::Line;
use trace::Trace;

/// Middleware for the whole app: gives each request its id and a span of that id, takes
/// look-alikes of the session cookie out of it, turns every error and panic into a problem
/// document, sets the security headers, and logs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Middleware;

/// A service within the [`Middleware`].
#[derive(Debug)]
pub struct Within<S> {
    service: Rc<S>,
}

impl<S, B> Transform<S, ServiceRequest> for Middleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type InitError = ();
    type Transform = Within<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let service = Rc::new(service);
        ready(Ok(Within { service }))
    }
}

impl<S, B> Service<ServiceRequest> for Within<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Eventual<Result<Self::Response, Error>>;

    forward_ready!(service);

    fn call(&self, req: ServiceRequest) -> Self::Future {
        let id = RequestId::generate();
        let api = Api::of(req.request());
        let trace = api.and_then(|api| Trace::begin(&req, id, api));
        let plain = api.filter(|api| trace.is_none() && profile_read::is_plain(&req, api));
        let Some(api) = plain else {
            let service = self.service.clone();
            let span = trace.as_ref().map_or_else(|| span(&req, id), Trace::span);
            let asked = languages(&req);
            let answer = answered(req, id, trace, async move |req| {
                asked.scope(service.call(req)).await
            });
            return Eventual::later(answer.instrument(span));
        };
        if let Some(answer) = profile_read::recalled(&req, api, id) {
            let mut answer = req.into_response(answer);
            bridge::say(&mut answer);
            return Eventual::now(Ok(answer));
        }
        let api = api.clone();
        let look_up = async move |req| Ok(profile_read::looked_up(req, &api).await);
        Eventual::later(answered(req, id, None, look_up))
    }
}

/// What whoever sends a request reads (RFC 9110, 12.5.4), the best first, without what nobody
/// reads: a weight of 0.
fn languages(req: &ServiceRequest) -> Languages {
    let Ok(mut accepted) = AcceptLanguage::parse(req) else {
        return Languages::default();
    };
    accepted.0.retain(|item| item.quality > Quality::ZERO);
    let tags = accepted.ranked();
    let tags: Vec<String> = tags.iter().map(ToString::to_string).collect();
    Languages::of(tags.iter().map(String::as_str))
}

/// Ties together what is logged for a request. A read that goes well leaves one line at most, so
/// only who debugs gets a span for it: it would cost a tenth of the read.
fn span(req: &ServiceRequest, id: RequestId) -> Span {
    macro_rules! span {
        ($level:expr) => {
            tracing::span!(
                $level,
                "request",
                request_id = %id,
                http.request.method = known(req.method()),
                http.route = Empty,
                user.id = Empty,
            )
        };
    }
    // The way back from a provider is no plain read: it signs people in.
    let is_read = is_safe(req.method()) && !req.path().ends_with("/callback");
    if is_read {
        span!(Level::DEBUG)
    } else {
        span!(Level::INFO)
    }
}

async fn answered<B: MessageBody + 'static>(
    mut req: ServiceRequest,
    id: RequestId,
    trace: Option<Trace>,
    answer: impl AsyncFnOnce(ServiceRequest) -> Result<ServiceResponse<B>, Error>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let seen = RequestContext::of(&req, id, trace);
    if let Some(api) = &seen.api {
        cookies::keep_exact(&mut req, &api.cookies().session_name);
    }
    let answer = id.scope(AssertUnwindSafe(answer(req)).catch_unwind());
    let error = match answer.await {
        Ok(Ok(answer)) => {
            let answer = answer.map_into_boxed_body();
            return Ok(id.scope(async { seen.finish(answer) }).await);
        }
        Ok(Err(error)) => error,
        Err(_) => Problem::new(Code::Internal, "Something went wrong on our side.").into(),
    };
    let mut answer = id.scope(async { error.error_response() }).await;
    seen.complete(answer.head_mut());
    seen.log("-", None, answer.status());
    Err(InternalError::from_response(error, answer).into())
}

/// What is known of a request before it is handled. The request itself can't be kept: it
/// has to be the only one of its kind while it is routed.
struct RequestContext {
    id: RequestId,
    trace: Option<Trace>,
    started: Instant,
    api: Option<Api>,
    method: Method,
    authorized: bool,
    names_origin: bool,
}

impl RequestContext {
    fn of(req: &ServiceRequest, id: RequestId, trace: Option<Trace>) -> Self {
        Self {
            id,
            trace,
            started: Instant::now(),
            api: Api::of(req.request()).cloned(),
            method: req.method().clone(),
            authorized: req.headers().contains_key(header::AUTHORIZATION),
            names_origin: req.headers().contains_key(header::ORIGIN),
        }
    }

    fn finish(&self, mut answer: ServiceResponse) -> ServiceResponse {
        if is_foreign_error(&answer) {
            answer = as_problem(answer);
        }
        if let Some(api) = &self.api {
            api.cookies().apply_lifetime(&mut answer);
        }
        bridge::say(&mut answer);
        self.complete(answer.response_mut().head_mut());
        if self.is_worth_a_line(answer.status()) {
            let route = answer.request().match_pattern();
            // The short way is not routed.
            let profile = self.api.as_ref().map(Api::profile_path);
            let profile = profile.filter(|path| *path == answer.request().path());
            let route = route.as_deref().or(profile).unwrap_or("-");
            let user = CurrentUser::noted_in(answer.request());
            self.log(route, user, answer.status());
        }
        answer
    }

    /// What every answer carries.
    fn complete(&self, head: &mut ResponseHead) {
        let status = head.status;
        let Some(api) = &self.api else {
            headers::name(head.headers_mut(), self.id);
            return;
        };
        // The rest of a request that was given up is nobody's.
        if api.is_draining() || status == StatusCode::REQUEST_TIMEOUT {
            head.set_connection_type(ConnectionType::Close);
        }
        headers::complete(head.headers_mut(), self.id, api, status);
        if !self.names_origin {
            cross_site::forget_permissions(head.headers_mut());
        }
        if self.authorized {
            headers::forbid_storing(head.headers_mut());
        }
    }

    /// Plain reads that went well are a matter of debugging.
    fn is_worth_a_line(&self, status: StatusCode) -> bool {
        let api = self.api.as_ref();
        let wanted = api.is_some_and(|api| api.is_observed() || api.logs_reads());
        wanted
            || self.trace.is_some()
            || !self.is_plain_read(status)
            || tracing::enabled!(tracing::Level::DEBUG)
    }

    fn is_plain_read(&self, status: StatusCode) -> bool {
        is_safe(&self.method) && !status.is_client_error() && !status.is_server_error()
    }

    /// One line, and a measurement. Never a path with its values, a query or a header.
    fn log(&self, route: &str, user: Option<UserId>, status: StatusCode) {
        let (id, method, took) = (self.id, known(&self.method), self.started.elapsed());
        let code = status.as_u16();
        if let Some(api) = &self.api {
            api.observe(Answer {
                route,
                method,
                status: code,
                took,
            });
        }
        let logs_reads = self.api.as_ref().is_some_and(Api::logs_reads);
        let line = Line {
            id,
            method,
            route,
            status: code,
            took,
            user,
            trace: self.trace.as_ref().map(Trace::id),
        };
        line.write(logs_reads || !self.is_plain_read(status));
        if let Some(trace) = &self.trace {
            trace.end(&line);
        }
    }
}

/// An error that some library answered with, in a shape of its own: none, or plain text.
fn is_foreign_error(answer: &ServiceResponse) -> bool {
    let status = answer.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let content_type = answer.headers().get(CONTENT_TYPE);
    is_error && content_type.is_none_or(|value| value.as_bytes().starts_with(b"text/plain"))
}

/// The same answer with a problem document for a body; its headers stay.
fn as_problem(answer: ServiceResponse) -> ServiceResponse {
    let problem = Problem::for_status(answer.status());
    let (request, old) = answer.into_parts();
    let mut new = problem.error_response();
    for (name, value) in old.headers() {
        if !matches!(*name, header::CONTENT_TYPE | header::CONTENT_LENGTH) {
            new.headers_mut().append(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, new)
}
