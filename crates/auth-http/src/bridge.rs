//! Telling clients that the server would rather have them keep another kind of credential.

use actix_web::dev::ServiceResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpMessage as _, HttpRequest};
use auth_core::Transport;
use auth_core::accounts::SignedIn;

use crate::api::Api;

/// The header that asks a client which can keep a credential of another kind to refresh, and
/// names how that one travels. Who can't goes on as before.
pub(crate) const AUTH_BRIDGE: &str = "auth-bridge";

/// What an answer is to say.
#[derive(Clone, Copy)]
struct Invitation(Transport);

/// The transport of the credential that somebody is to ask for, if for another one.
fn invitation(api: &Api, who: &SignedIn) -> Option<Invitation> {
    let strategy = api.accounts().strategy();
    let changes = strategy.is_to_change_over(who.scheme, who.session_id);
    changes.then(|| Invitation(strategy.transport()))
}

/// Has the answer to this request say so.
pub(crate) fn note(req: &HttpRequest, api: &Api, who: &SignedIn) {
    if let Some(invitation) = invitation(api, who) {
        req.extensions_mut().insert(invitation);
    }
}

/// Says so in an answer, if that was noted.
pub(crate) fn say<B>(answer: &mut ServiceResponse<B>) {
    let invitation = answer.request().extensions().get().copied();
    if let Some(Invitation(transport)) = invitation {
        let transport = HeaderValue::from_static(transport.as_str());
        let name = HeaderName::from_static(AUTH_BRIDGE);
        answer.headers_mut().insert(name, transport);
    }
}
