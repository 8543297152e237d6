//! Who calls, and whether they may: asked once the request has arrived as a whole, for every
//! route by the rule of the route table.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, HttpRequest};
use auth_core::accounts::admin::{Actor, Caller};
use auth_core::{AuthError, api_key};

use super::AdminApi;
use super::routes::rule;
use crate::body::NoBody;
use crate::current_user::CurrentUser;
use crate::eventual::Eventual;
use crate::if_user;
use crate::problem::{Code, Problem};
use crate::transport::bearer;

/// Whoever calls, who may, and what the request brings.
pub(super) struct Permitted<B = NoBody>(pub(super) By, pub(super) B);

/// Whoever calls.
pub(super) struct By {
    caller: Caller,
    actor: Actor,
}

impl By {
    /// As events name them.
    pub(super) fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Looks again whether they may, after something that takes a while.
    pub(super) async fn again(&self, req: &HttpRequest) -> Result<(), Problem> {
        caller(req).await.map(drop)
    }
}

impl Deref for By {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<B: FromRequest + Unpin + 'static> FromRequest for Permitted<B> {
    type Error = Error;
    type Future = Eventual<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = B::from_request(req, payload);
        let req = req.clone();
        Eventual::later(async move {
            let body = body.await.map_err(Into::into);
            let caller = caller(&req).await?;
            let actor = caller.actor();
            Ok(Self(By { caller, actor }, body?))
        })
    }
}

/// Whoever calls, if they may. Role, state and key are looked up for each request: nothing that
/// is kept of a credential counts.
async fn caller(req: &HttpRequest) -> Result<Caller, Problem> {
    let (Some(admin), Some(rule)) = (AdminApi::of(req), rule(req)) else {
        let detail = "This route is in no table of what it takes.";
        return Err(Problem::new(Code::Internal, detail));
    };
    let text = bearer(req).filter(|text| api_key::is_meant(text.reveal()));
    if let Some(text) = text {
        let program = admin.admin().program(text.reveal(), rule.permission);
        return program.await.map_err(explained);
    }
    let api = admin.api();
    let user = CurrentUser::by_stores(req, api).await?;
    if_user::check(req, user.id)?;
    let who = user.signed_in();
    let person = api.accounts().administrator(who, rule.permission).await;
    person.map_err(explained)
}

/// The answer to somebody who may not.
fn explained(error: AuthError) -> Problem {
    match error {
        AuthError::Forbidden => {
            let detail = "Your role, or the scopes of the key, don't include this.";
            Problem::new(Code::Forbidden, detail)
        }
        other => other.into(),
    }
}
