//! The short way of the one read that is asked for again and again: a profile, past everything
//! that would only find it unneeded.

use std::time::Instant;

use actix_web::HttpResponse;
use actix_web::ResponseError as _;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, ORIGIN};
use actix_web::http::{Method, StatusCode};
use tracing::Level;

use super::headers;
use crate::api::{Answer, Api};
use crate::body::announces_body;
use crate::cross_site;
use crate::current_user::CurrentUser;
use crate::request_id::RequestId;

/// The API that a request is such a read of, if it is: to pages of other origins there is more
/// to say, and to whoever debugs.
pub(super) fn plain(req: &ServiceRequest) -> Option<&Api> {
    let api = Api::of(req.request())?;
    let is_plain = req.method() == Method::GET
        && req.path() == api.profile_path()
        && !req.headers().contains_key(ORIGIN)
        && !announces_body(req.request())
        && !api.is_draining()
        && !tracing::enabled!(Level::DEBUG);
    is_plain.then_some(api)
}

/// The complete answer to such a read by a credential that is known, without waiting for
/// anything.
pub(super) fn recalled(req: &ServiceRequest, api: &Api, id: RequestId) -> Option<HttpResponse> {
    let began = api.is_observed().then(Instant::now);
    let user = CurrentUser::recalled(req.request(), api)?;
    let mut answer = shown(&user, api);
    headers::complete(answer.headers_mut(), id, api, StatusCode::OK);
    if let Some(began) = began {
        api.observe(Answer {
            route: api.profile_path(),
            method: Method::GET.as_str(),
            status: StatusCode::OK.as_u16(),
            took: began.elapsed(),
        });
    }
    Some(answer)
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
