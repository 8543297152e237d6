//! The handlers: each parses, calls one flow, answers.

pub(crate) mod account;
pub(crate) mod describe;
pub(crate) mod docs;
pub(crate) mod factors;
pub(crate) mod form_post;
pub(crate) mod health;
pub(crate) mod history;
pub(crate) mod identities;
pub(crate) mod oauth;
pub(crate) mod password;
pub(crate) mod profile;
mod replace;
pub(crate) mod sessions;
pub(crate) mod sign_in;
mod signed_in;
pub(crate) mod step;

use actix_web::web::{Data, Json};

use crate::api::Api;
use crate::dto::StatusAnswer;
use crate::problem::Problem;

/// The shared state.
pub(crate) type State = Data<Api>;

/// What most handlers answer.
pub(crate) type Answer<T> = Result<Json<T>, Problem>;

fn status(status: &'static str) -> Json<StatusAnswer> {
    Json(StatusAnswer { status })
}
