//! Who sends a request: asked once it has arrived as a whole.
//!
//! A credential that is looked at while the rest of its request is still to come may be
//! dead when that rest arrives. So nothing here authenticates a request that is half read:
//! [`Signed`] reads its body first, and [`CurrentUser`] on its own takes none.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, HttpRequest};
use auth_core::accounts::SignedIn;
use auth_core::{AuthError, User, UserId};
use tracing::Span;
use tracing::field::display;

use crate::api::Api;
use crate::body::NoBody;
use crate::cross_site;
use crate::if_user;
use crate::problem::{Code, Problem};

/// The signed-in user, for handlers that take no body: a request without a valid
/// credential is answered with 401 before the handler runs.
///
/// It reads like the [`User`] it holds. A body that comes all the same is read and dropped;
/// beside another extractor that takes it, the request fails with 500: such a handler wants
/// [`Signed`].
#[derive(Clone, Debug)]
pub struct CurrentUser(SignedIn);

/// The signed-in user and what the request brings, for handlers that take a body.
///
/// The body is extracted to its end, then the credential is looked at, so that no request is
/// carried out for a credential that died while it arrived. A request without a valid
/// credential is answered with 401, whatever its body is.
///
/// ```
/// # use actix_web::web::Json;
/// # use auth_http::Signed;
/// async fn rename(Signed(user, name): Signed<Json<String>>) -> String {
///     format!("{} is {name} now", user.username)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Signed<B>(pub CurrentUser, pub B);

impl CurrentUser {
    /// The user together with the device and the time of the sign-in.
    pub fn signed_in(&self) -> &SignedIn {
        &self.0
    }

    /// The signed-in user behind a request that has been read.
    pub(crate) async fn of(req: &HttpRequest, api: &Api) -> Result<Self, Problem> {
        let accounts = api.accounts();
        let transport = accounts.strategy().transport();
        let credential = api.cookies().credential(req, transport);
        let credential = credential.ok_or_else(|| cross_site::without_credential(req, api))?;
        let who = accounts.strategy().authenticate(&credential).await?;
        let who = who.ok_or(AuthError::Unauthenticated)?;
        let signed_in = accounts.signed_in(who).await?;
        note_in_span(req, signed_in.user.id);
        Ok(Self(signed_in))
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

/// Ties what is logged from here on to the user and the route.
fn note_in_span(req: &HttpRequest, user: UserId) {
    let span = Span::current();
    if !span.is_disabled() {
        span.record("user.id", display(user));
        span.record("http.route", req.match_pattern());
    }
}

impl Deref for CurrentUser {
    type Target = User;
    fn deref(&self) -> &User {
        &self.0.user
    }
}

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

impl FromRequest for CurrentUser {
    type Error = Error;
    type Future = Extracted<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let signed = Signed::<NoBody>::from_request(req, payload);
        Box::pin(async move { signed.await.map(|Signed(user, NoBody)| user) })
    }
}

impl<B: FromRequest + 'static> FromRequest for Signed<B> {
    type Error = Error;
    type Future = Extracted<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = B::from_request(req, payload);
        let req = req.clone();
        Box::pin(async move {
            let body = body.await.map_err(Into::into);
            let api = Api::of(&req).ok_or_else(not_configured)?;
            let user = CurrentUser::of(&req, api).await?;
            if_user::check(&req, user.id)?;
            Ok(Self(user, body?))
        })
    }
}

fn not_configured() -> Problem {
    let detail = "The application was not configured with the authentication routes.";
    Problem::new(Code::Internal, detail)
}
