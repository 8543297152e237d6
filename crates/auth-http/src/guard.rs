//! The cross-site rule for routes of a host's own.

use std::future::{Ready, ready};
use std::pin::Pin;

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};

use crate::api::Api;
use crate::cross_site;

/// Middleware that refuses writes which a browser sends from a foreign site where a cookie
/// speaks for the person (OWASP ASVS 5.0, 3.5.1), with 403 `cross_origin`. It lets everything
/// else pass, the credential unseen: who sends a request is for the handler's
/// [`CurrentUser`](crate::CurrentUser) to say. Where credentials travel as bearers no page can
/// send one that it does not know, so nothing is refused.
#[derive(Clone)]
pub struct Guard(Api);

impl Api {
    /// The cross-site rule, as a middleware for routes of a host's own.
    pub fn guard(&self) -> Guard {
        Guard(self.clone())
    }
}

impl<S, B> Transform<S, ServiceRequest> for Guard
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = Guarded<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let api = self.0.clone();
        ready(Ok(Guarded { api, service }))
    }
}

/// A service behind the rule.
pub struct Guarded<S> {
    api: Api,
    service: S,
}

impl<S, B> Service<ServiceRequest> for Guarded<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(service);

    fn call(&self, req: ServiceRequest) -> Self::Future {
        match cross_site::check_own(req.request(), &self.api) {
            Ok(()) => {
                let answer = self.service.call(req);
                Box::pin(async move { answer.await.map(ServiceResponse::map_into_left_body) })
            }
            // Answered here, so that what is around it sees an answer like any other.
            Err(problem) => {
                let refused = req.error_response(problem).map_into_right_body();
                Box::pin(ready(Ok(refused)))
            }
        }
    }
}
