//! The short way of the one read that is asked for again and again: a profile, past everything
//! that would only find it unneeded.

use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::ResponseError as _;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, ORIGIN};
use actix_web::http::{Method, StatusCode};
use tracing::Level;

use super::headers;
use super::line::Line;
use crate::api::{Answer, Api};
use crate::body::announces_body;
use crate::cross_site;
use crate::current_user::CurrentUser;
use crate::request_id::RequestId;

/// Whether a request is such a read of this API: to pages of other origins there is more to
/// say, and to whoever debugs.
pub(super) fn is_plain(req: &ServiceRequest, api: &Api) -> bool {
    req.method() == Method::GET
        && req.path() == api.profile_path()
        && !req.headers().contains_key(ORIGIN)
        && !announces_body(req.request())
        && !api.is_draining()
        && !tracing::enabled!(Level::DEBUG)
}

/// The complete answer to such a read by a credential that is known, without waiting for
/// anything.
pub(super) fn recalled(req: &ServiceRequest, api: &Api, id: RequestId) -> Option<HttpResponse> {
    let is_told = api.is_observed() || api.logs_reads();
    let began = is_told.then(Instant::now);
    let user = CurrentUser::recalled(req.request(), api)?;
    let mut answer = shown(&user, api);
    headers::complete(answer.headers_mut(), id, api, StatusCode::OK);
    if let Some(began) = began {
        tell(&user, api, id, began.elapsed());
    }
    Some(answer)
}

/// Tells of such a read that went well.
fn tell(user: &CurrentUser, api: &Api, id: RequestId, took: Duration) {
    let (route, method) = (api.profile_path(), "GET");
    let status = StatusCode::OK.as_u16();
    api.observe(Answer {
        route,
        method,
        status,
        took,
    });
    if api.logs_reads() {
        let line = Line {
            id,
            method,
            route,
            status,
            took,
            user: Some(user.id),
            trace: None,
        };
        line.write(true);
    }
}

/// The answer to such a read by what the stores say.
pub(super) async fn looked_up(req: ServiceRequest, api: &Api) -> ServiceResponse {
    let answer = match CurrentUser::of(req.request(), api).await {
        Ok(user) => shown(&user, api),
        Err(problem) => {
            let mut answer = problem.error_response();
            cross_site::vary(answer.headers_mut());
            answer
        }
    };
    req.into_response(answer)
}

fn shown(user: &CurrentUser, api: &Api) -> HttpResponse {
    let mut answer = HttpResponse::with_body(StatusCode::OK, user.profile(api));
    let head = answer.headers_mut();
    head.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    cross_site::vary(head);
    answer.map_into_boxed_body()
}
