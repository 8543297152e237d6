//! What operators do with accounts of others, over HTTP: an API of its own, described on its own,
//! on an origin of its own.

mod account_dto;
mod api_keys;
mod audit;
mod caller;
mod devices;
mod factors;
mod mails;
mod openapi;
mod overview;
mod page;
mod person;
mod routes;
mod system;
mod system_dto;
mod users;
mod webhook_dto;
mod webhooks;

use std::str::FromStr;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::web::{Bytes, Data, Json};
use auth_core::accounts::admin::Admin;
use auth_core::{AuthError, FieldCode, FieldError, Live, Permission, User};

use caller::By;
pub use overview::{FigureSource, NodeFigures, OwnFigures, SignInCounts, StoredFigures};

use crate::api::Api;
use crate::dto::StatusAnswer;
use crate::problem::{Code, Problem};

/// The path under which the API hangs.
pub const ADMIN_PATH: &str = "/api/admin";

/// A setting as it is in force, for people to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownSetting {
    /// Its name: the flag without its dashes.
    pub name: String,
    /// The environment variable that sets it.
    pub env: Option<String>,
    /// Its value, without what is secret in it; none where there is none.
    pub value: Option<String>,
    /// Where it comes from.
    pub source: &'static str,
}

/// The admin API, and the contract beside it: both on one origin, so that its pages sign in
/// there.
#[derive(Clone)]
pub struct AdminApi {
    inner: Arc<Inner>,
}

struct Inner {
    api: Api,
    admin: Admin,
    settings: Live<Vec<ShownSetting>>,
    figures: Arc<dyn FigureSource>,
    description: Bytes,
}

impl AdminApi {
    /// Serves `admin` to those whom `api` signs in, and to programs with an API key. The origin
    /// of `api` is the listener's own; `figures` tells how the server does.
    pub fn new(
        api: Api,
        admin: Admin,
        settings: Live<Vec<ShownSetting>>,
        figures: Arc<dyn FigureSource>,
    ) -> Self {
        let description = openapi::describe(&api).into();
        let inner = Inner {
            api,
            admin,
            settings,
            figures,
            description,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The contract that is served beside it.
    pub fn api(&self) -> &Api {
        &self.inner.api
    }

    fn admin(&self) -> &Admin {
        &self.inner.admin
    }

    /// The account in a path, to do something with it.
    async fn account(&self, text: &str) -> Result<User, AuthError> {
        self.admin().account(id(text)?).await
    }

    /// The same to change it. Whoever could change an account that has a role could make it
    /// theirs, so that takes what giving roles does.
    async fn account_to_change(&self, by: &By, text: &str) -> Result<User, Problem> {
        let user = self.account(text).await?;
        if user.role.is_some() {
            let accounts = self.api().accounts();
            let permitted = accounts.permit(by, Permission::RolesWrite).await;
            permitted.map_err(|error| match error {
                AuthError::Forbidden => {
                    let detail = "The account has a role: changing it takes `roles:write` too.";
                    Problem::new(Code::Forbidden, detail)
                }
                other => other.into(),
            })?;
        }
        Ok(user)
    }

    /// The API that serves this request.
    fn of(req: &HttpRequest) -> Option<&Self> {
        req.app_data::<Data<Self>>().map(Data::get_ref)
    }
}

/// The shared state.
type State = Data<AdminApi>;

/// What most handlers answer.
type Answer<T> = Result<Json<T>, Problem>;

/// An id in a path. What can't be one names nothing.
fn id<T: FromStr>(text: &str) -> Result<T, AuthError> {
    text.parse().map_err(|_| AuthError::NotFound)
}

/// That something was done.
fn status(status: &'static str) -> Json<StatusAnswer> {
    Json(StatusAnswer { status })
}

/// A field that is missing.
fn needed(field: &'static str) -> AuthError {
    FieldError::new(field, FieldCode::Required, "This is needed.").into()
}
