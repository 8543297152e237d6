//! Who sends a request.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use auth_core::accounts::SignedIn;
use auth_core::{AuthError, User};

use crate::api::Api;
use crate::problem::{Code, Problem};

/// The signed-in user, for handlers: a request without a valid credential is answered
/// with 401 before the handler runs.
///
/// It reads like the [`User`] it holds.
#[derive(Clone, Debug)]
pub struct CurrentUser(SignedIn);

impl CurrentUser {
    /// The user together with the device and the time of the sign-in.
    pub fn signed_in(&self) -> &SignedIn {
        &self.0
    }

    /// The signed-in user behind a request.
    pub(crate) async fn of(req: &HttpRequest, api: &Api) -> Result<Self, Problem> {
        let accounts = api.accounts();
        let transport = accounts.strategy().description().transport;
        let credential = api
            .cookies()
            .credential(req, transport)
            .ok_or(AuthError::Unauthenticated)?;
        let who = accounts.strategy().authenticate(&credential).await?;
        let who = who.ok_or(AuthError::Unauthenticated)?;
        Ok(Self(accounts.signed_in(who).await?))
    }

    /// The same for requests that need no valid credential.
    pub(crate) async fn if_any(req: &HttpRequest, api: &Api) -> Result<Option<Self>, Problem> {
        match Self::of(req, api).await {
            Ok(user) => Ok(Some(user)),
            Err(problem) if problem.code() == Code::Unauthenticated => Ok(None),
            Err(problem) => Err(problem),
        }
    }
}

impl Deref for CurrentUser {
    type Target = User;
    fn deref(&self) -> &User {
        &self.0.user
    }
}

impl FromRequest for CurrentUser {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            match Api::of(&req) {
                Some(api) => Self::of(&req, api).await,
                None => Err(Problem::new(
                    Code::Internal,
                    "The application was not configured with the authentication routes.",
                )),
            }
        })
    }
}
