//! The short way of the one read that is asked for again and again: a profile, by a credential
//! that is known, goes out as it was made, past everything that would only find it unneeded.

use std::time::Instant;

use actix_web::HttpResponse;
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

/// The answer to such a request; any other comes back, to go the long way.
pub(super) fn answer(
    req: ServiceRequest,
    id: RequestId,
) -> Result<ServiceResponse, ServiceRequest> {
    match profile(&req, id) {
        Some(answer) => Ok(req.into_response(answer)),
        None => Err(req),
    }
}

fn profile(req: &ServiceRequest, id: RequestId) -> Option<HttpResponse> {
    let api = Api::of(req.request())?;
    let is_profile = req.method() == Method::GET && req.path() == api.profile_path();
    // To pages of other origins there is more to say, and to whoever debugs.
    let is_plain = !req.headers().contains_key(ORIGIN)
        && !api.is_draining()
        && !tracing::enabled!(Level::DEBUG);
    if !is_profile || !is_plain || announces_body(req.request()) {
        return None;
    }
    let began = api.is_observed().then(Instant::now);
    let user = CurrentUser::recalled(req.request(), api)?;
    let mut answer = HttpResponse::with_body(StatusCode::OK, user.profile(api));
    let head = answer.headers_mut();
    head.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    cross_site::vary(head);
    headers::complete(head, id, api, StatusCode::OK);
    if let Some(began) = began {
        api.observe(Answer {
            route: api.profile_path(),
            method: Method::GET.as_str(),
            status: StatusCode::OK.as_u16(),
            took: began.elapsed(),
        });
    }
    Some(answer.map_into_boxed_body())
}
