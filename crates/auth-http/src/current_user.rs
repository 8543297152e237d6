//! Who sends a request: asked once it has arrived as a whole.
//!
//! A credential that is looked at while the rest of its request is still to come may be
//! dead when that rest arrives. So nothing here authenticates a request that is half read:
//! [`Signed`] reads its body first, and [`CurrentUser`] on its own takes none.

use std::ops::Deref;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::header::{HeaderValue, WWW_AUTHENTICATE};
use actix_web::web::Bytes;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest, ResponseError as _};
use auth_core::accounts::{Recognized, SignedIn};
use auth_core::{Credential, User, UserId};
use tracing::Span;
use tracing::field::display;

use crate::api::Api;
use crate::body::{NoBody, announces_body};
use crate::bridge;
use crate::cross_site;
use crate::eventual::Eventual;
use crate::if_user;
use crate::method::{has_span, is_safe};
use crate::problem::{Code, Problem};

/// The signed-in user, for handlers that take no body: a request without a valid
/// credential is answered with 401 before the handler runs.
///
/// It reads like the [`User`] it holds. A body that comes all the same is read and dropped;
/// beside another extractor that takes it, the request fails with 500: such a handler wants
/// [`Signed`].
#[derive(Clone, Debug)]
pub struct CurrentUser(Arc<Recognized>);

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

/// The signed-in user, if anybody is signed in.
///
/// `Option<CurrentUser>` says nobody for every failure. This one tells those apart: while a
/// store is away nobody can say who somebody is, and the request fails with 503.
#[derive(Clone, Debug)]
pub struct OptionalUser(pub Option<CurrentUser>);

/// The signed-in user, who has proven who they are a short while ago: for what a credential
/// alone should not be enough for (OWASP ASVS 5.0, 7.5.3). Anybody else signed in is answered
/// with 403 `reauth_required`, or `factor_required` where only the second factor lacks.
#[derive(Clone, Debug)]
pub struct RecentlyAuthenticated(pub CurrentUser);

impl CurrentUser {
    /// The user together with the device and the time of the sign-in.
    pub fn signed_in(&self) -> &SignedIn {
        self.0.signed_in()
    }

    /// The profile as it is shown.
    pub(crate) fn profile(&self, api: &Api) -> Bytes {
        self.0.shown(|user| api.shown(user))
    }

    /// The signed-in user behind a request that has been read and changes nothing, if that is
    /// known without asking a store.
    pub(crate) fn recalled(req: &HttpRequest, api: &Api) -> Option<Self> {
        let is_read = is_safe(req.method());
        let credential = is_read.then(|| credential(req, api))??;
        let recognized = api.accounts().recall(&credential)?;
        Some(Self::noted(req, api, recognized))
    }

    /// The signed-in user behind a request that has been read.
    pub(crate) async fn of(req: &HttpRequest, api: &Api) -> Result<Self, Problem> {
        // What is about to change something is held against the stores themselves.
        Self::first(req, api, !is_safe(req.method())).await
    }

    /// The same by what the stores say now, whatever is kept of the credential.
    pub(crate) async fn by_stores(req: &HttpRequest, api: &Api) -> Result<Self, Problem> {
        Self::first(req, api, true).await
    }

    async fn first(req: &HttpRequest, api: &Api, by_stores: bool) -> Result<Self, Problem> {
        let accounts = api.accounts();
        let mut refused = None;
        for credential in api.cookies().credentials(req, accounts.strategy()) {
            // What a credential of another kind has left behind does not stand in the way.
            match Self::by(&credential, req, api, by_stores).await {
                Err(problem) if problem.code() == Code::Unauthenticated => refused = Some(problem),
                other => return other,
            }
        }
        Err(refused.unwrap_or_else(|| cross_site::without_credential(req, api)))
    }

    /// Everybody whose valid credential is there, for requests that end them.
    pub(crate) async fn all_of(req: &HttpRequest, api: &Api) -> Vec<Self> {
        let mut all = vec![];
        for credential in api.cookies().credentials(req, api.accounts().strategy()) {
            all.extend(Self::by(&credential, req, api, !is_safe(req.method())).await);
        }
        all
    }

    async fn by(
        credential: &Credential,
        req: &HttpRequest,
        api: &Api,
        by_stores: bool,
    ) -> Result<Self, Problem> {
        let accounts = api.accounts();
        let recognized = match by_stores {
            true => Arc::new(accounts.authenticate(credential).await?.into()),
            false => {
                let show = |user: &User| api.shown(user);
                accounts.recognize(credential, show).await?
            }
        };
        Ok(Self::noted(req, api, recognized))
    }

    fn noted(req: &HttpRequest, api: &Api, recognized: Arc<Recognized>) -> Self {
        bridge::note(req, api, &recognized);
        Self::note(req, recognized.user.id);
        if has_span(req.method()) {
            note_in_span(req, recognized.user.id);
        }
        Self(recognized)
    }

    /// Tells the log who sends a request.
    pub(crate) fn note(req: &HttpRequest, user: UserId) {
        req.extensions_mut().insert(Noted(user));
    }

    /// Who was found to send a request, while it was answered.
    pub(crate) fn noted_in(req: &HttpRequest) -> Option<UserId> {
        req.extensions().get::<Noted>().map(|noted| noted.0)
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

/// Who was found to send a request.
struct Noted(UserId);

/// What a request presents.
fn credential(req: &HttpRequest, api: &Api) -> Option<Credential> {
    api.cookies().credential(req, api.accounts().strategy())
}

/// Ties what is logged from here on to the user and the route.
fn note_in_span(req: &HttpRequest, user: UserId) {
    let span = Span::current();
    span.record("user.id", display(user));
    span.record("http.route", req.match_pattern());
}

impl Deref for CurrentUser {
    type Target = User;
    fn deref(&self) -> &User {
        &self.0.signed_in().user
    }
}

impl Deref for RecentlyAuthenticated {
    type Target = User;
    fn deref(&self) -> &User {
        &self.0
    }
}

impl FromRequest for OptionalUser {
    type Error = Error;
    type Future = Eventual<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = NoBody::from_request(req, payload);
        let req = req.clone();
        Eventual::later(async move {
            let NoBody = body.await?;
            let user = CurrentUser::if_any(&req, configured(&req)?).await?;
            if let Some(user) = &user {
                if_user::check(&req, user.id)?;
            }
            Ok(Self(user))
        })
    }
}

impl FromRequest for RecentlyAuthenticated {
    type Error = Error;
    type Future = Eventual<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let user = CurrentUser::from_request(req, payload);
        let req = req.clone();
        Eventual::later(async move {
            let user = user.await?;
            let accounts = configured(&req)?.accounts();
            let who = user.signed_in();
            accounts.require_fresh(who).await.map_err(Problem::from)?;
            accounts.require_factor(who).await.map_err(Problem::from)?;
            Ok(Self(user))
        })
    }
}

impl FromRequest for CurrentUser {
    type Error = Error;
    type Future = Eventual<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        // What has no body has arrived as a whole.
        if matches!(payload, Payload::None)
            && !announces_body(req)
            && let Some(user) = Api::of(req).and_then(|api| Self::recalled(req, api))
        {
            return Eventual::now(Ok(user));
        }
        let signed = Signed::<NoBody>::from_request(req, payload);
        Eventual::later(async move { signed.await.map(|Signed(user, NoBody)| user) })
    }
}

impl<B: FromRequest + Unpin + 'static> FromRequest for Signed<B> {
    type Error = Error;
    type Future = Eventual<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = B::from_request(req, payload);
        let req = req.clone();
        Eventual::later(async move {
            let body = body.await.map_err(Into::into);
            let api = configured(&req)?;
            let user = CurrentUser::of(&req, api).await;
            let user = user.map_err(|problem| challenged(problem, api))?;
            if_user::check(&req, user.id)?;
            Ok(Self(user, body?))
        })
    }
}

/// The API that the app was configured with.
fn configured(req: &HttpRequest) -> Result<&Api, Problem> {
    Api::of(req).ok_or_else(|| {
        tracing::error!(
            "this app knows nobody: register the authentication routes on it with \
             App::configure, beside the routes that ask for the current user"
        );
        let detail = "The application was not configured with the authentication routes.";
        Problem::new(Code::Internal, detail)
    })
}

/// The answer with the challenge that 401 has to carry (RFC 9110, 15.5.2), also on routes
/// around which none of our middleware is.
fn challenged(problem: Problem, api: &Api) -> Error {
    if problem.code() != Code::Unauthenticated {
        return problem.into();
    }
    let mut answer = problem.error_response();
    let challenge = HeaderValue::from_static(api.challenge());
    answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    InternalError::from_response(problem, answer).into()
}
