//! Handlers that run to their end, whatever the client does.

use std::pin::Pin;

use actix_web::Handler;
use auth_core::{AuthError, Languages};
use tracing::Instrument as _;

use crate::problem::Problem;
use crate::request_id::RequestId;

/// A handler that goes on when the client goes away: actix drops what it runs for a closed
/// connection, and what a flow of several steps has begun must not stop between two of them.
#[derive(Clone)]
pub(crate) struct RunToCompletion<H>(pub(crate) H);

impl<H, Args> Handler<Args> for RunToCompletion<H>
where
    H: Handler<Args>,
    H::Future: 'static,
    H::Output: 'static,
{
    type Output = Result<H::Output, Problem>;
    type Future = Pin<Box<dyn Future<Output = Self::Output>>>;

    fn call(&self, args: Args) -> Self::Future {
        let flow = Languages::asked().scope(self.0.call(args));
        let flow = RequestId::current().scope(flow);
        let task = actix_web::rt::spawn(flow.in_current_span());
        Box::pin(async move { Ok(task.await.map_err(|e| AuthError::Internal(e.into()))?) })
    }
}
