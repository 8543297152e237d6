//! The handlers: each parses, calls one flow, answers.

pub(crate) mod account;
pub(crate) mod describe;
pub(crate) mod docs;
pub(crate) mod form_post;
pub(crate) mod health;
pub(crate) mod identities;
pub(crate) mod oauth;
pub(crate) mod password;
pub(crate) mod profile;
mod replace;
pub(crate) mod sessions;
pub(crate) mod sign_in;
mod signed_in;

use actix_web::web::{Data, Json};
use auth_core::AuthError;
use tracing::Instrument as _;

use crate::api::Api;
use crate::dto::StatusAnswer;
use crate::problem::Problem;
use crate::request_id::RequestId;

/// The shared state.
pub(crate) type State = Data<Api>;

/// What most handlers answer.
pub(crate) type Answer<T> = Result<Json<T>, Problem>;

fn status(status: &'static str) -> Json<StatusAnswer> {
    Json(StatusAnswer { status })
}

/// Runs a flow of several steps to its end, also when the client goes away meanwhile.
async fn run_to_completion<T: 'static>(
    flow: impl Future<Output = Result<T, AuthError>> + 'static,
) -> Result<T, Problem> {
    let flow = RequestId::current().scope(flow).in_current_span();
    let task = actix_web::rt::spawn(flow);
    let done = task.await.map_err(|e| AuthError::Internal(e.into()))?;
    Ok(done?)
}
