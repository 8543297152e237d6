//! Handlers that run to their end, whatever the client does.

use std::pin::Pin;

use actix_web::web::Data;
use actix_web::{Handler, HttpRequest};
use auth_core::{AuthError, Languages};
use tracing::Instrument as _;

use crate::api::Api;
use crate::problem::Problem;
use crate::request_id::RequestId;

/// A handler that goes on when the client goes away: actix drops what it runs for a closed
/// connection, and what a flow of several steps has begun must not stop between two of them.
/// What happens in it says which request asked for it, and is in the audit trail before the
/// answer leaves.
#[derive(Clone)]
pub(crate) struct RunToCompletion<H>(pub(crate) H);

impl<H, Args> Handler<(HttpRequest, Args)> for RunToCompletion<H>
where
    H: Handler<Args>,
    H::Future: 'static,
    H::Output: 'static,
{
    type Output = Result<H::Output, Problem>;
    type Future = Pin<Box<dyn Future<Output = Self::Output>>>;

    fn call(&self, (req, args): (HttpRequest, Args)) -> Self::Future {
        // Its future may be large, and what is around it would move it from one place of the stack to
        // the next: without optimisation that takes more than a thread has.
        let flow = within(&req, Box::pin(self.0.call(args)));
        let flow = Languages::asked().scope(flow);
        let flow = RequestId::current().scope(flow);
        // Routing wants to be the only one that holds a request.
        drop(req);
        let task = actix_web::rt::spawn(flow.in_current_span());
        Box::pin(async move { Ok(task.await.map_err(|e| AuthError::Internal(e.into()))?) })
    }
}

/// A flow as part of the request that asks for it.
fn within<F: Future>(req: &HttpRequest, flow: F) -> impl Future<Output = F::Output> + use<F> {
    let api = req.app_data::<Data<Api>>().cloned();
    let origin = api.as_ref().map(|api| api.origin(req));
    async move {
        let flow = async {
            match origin {
                Some(origin) => origin.scope(flow).await,
                None => flow.await,
            }
        };
        match api {
            Some(api) => api.accounts().events().settling(flow).await,
            None => flow.await,
        }
    }
}
