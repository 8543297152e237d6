//! Who sends a request.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use auth_core::accounts::SignedIn;
use auth_core::{AuthError, User};

use crate::api::Api;
use crate::cross_site;
use crate::if_user;
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
        let credential = api.cookies().credential(req, transport);
        let credential = credential.ok_or_else(|| cross_site::without_credential(req, api))?;
        let who = accounts.strategy().authenticate(&credential).await?;
        let who = who.ok_or(AuthError::Unauthenticated)?;
        Ok(Self(accounts.signed_in(who).await?))
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
                Some(api) => {
                    let user = Self::of(&req, api).await?;
                    if_user::check(&req, user.id)?;
                    Ok(user)
                }
                None => Err(Problem::new(
                    Code::Internal,
                    "The application was not configured with the authentication routes.",
                )),
            }
        })
    }
}
