//! The answer to a sign-in, whatever proved it.

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use auth_core::accounts::SignInOutcome;
use auth_core::factor::RecoveryCode;
use auth_core::{Issued, Secret, Transport};

use crate::api::Api;
use crate::current_user::CurrentUser;
use crate::dto::{GrantDto, PendingDto, PendingStep, RefreshTransport, SessionDto, revealed};
use crate::problem::Problem;
use crate::return_to::with_fragment;
use crate::transport::Leftovers;

/// What becomes of the session that the client presents.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Previous {
    /// It ends: the new one replaces it.
    Ends,
    /// It stays.
    Stays,
}

/// The answer that hands a credential to the client, or names the step that is missing.
pub(super) async fn answer(
    req: &HttpRequest,
    api: &Api,
    outcome: &SignInOutcome,
    refresh_in: RefreshTransport,
    previous: Previous,
) -> Result<HttpResponse, Problem> {
    answer_with(req, api, outcome, refresh_in, previous, &[]).await
}

/// The same with recovery codes, where there are new ones.
pub(super) async fn answer_with(
    req: &HttpRequest,
    api: &Api,
    outcome: &SignInOutcome,
    refresh_in: RefreshTransport,
    previous: Previous,
    recovery_codes: &[RecoveryCode],
) -> Result<HttpResponse, Problem> {
    match outcome {
        SignInOutcome::Done(issued) => {
            if previous == Previous::Ends {
                end_previous(req, api).await?;
            }
            let mut answer = handed(req, api, issued, refresh_in, recovery_codes);
            api.remember_device(&mut answer, &issued.user);
            clear(req, api, &mut answer, issued, Leftovers::All);
            Ok(answer)
        }
        SignInOutcome::Pending(pending) => {
            let mut answer = HttpResponse::Ok();
            api.cookies()
                .set_flow(&mut answer, &pending.client, pending.lifetime);
            Ok(answer.json(PendingDto::from(pending)))
        }
    }
}

/// The same for a browser that comes back from a provider, on a cookie strategy: `to` makes
/// the redirect.
pub(super) async fn redirect(
    req: &HttpRequest,
    api: &Api,
    outcome: &SignInOutcome,
    back: &str,
    to: fn(&str) -> HttpResponseBuilder,
) -> Result<HttpResponse, Problem> {
    match outcome {
        SignInOutcome::Done(issued) => {
            end_previous(req, api).await?;
            let mut answer = to(back);
            api.cookies().set(req, &mut answer, issued);
            let mut answer = answer.finish();
            clear(req, api, &mut answer, issued, Leftovers::All);
            api.remember_device(&mut answer, &issued.user);
            Ok(answer)
        }
        SignInOutcome::Pending(pending) => {
            let step = PendingStep::from(pending);
            let expires_in = step.expires_in.to_string();
            let methods = step.methods.join(",");
            let fragment = [
                ("pending", step.id.as_str()),
                ("methods", &methods),
                ("expires_in", &expires_in),
            ];
            let mut answer = to(&with_fragment(back, &fragment));
            api.cookies()
                .set_flow(&mut answer, &pending.client, pending.lifetime);
            Ok(answer.finish())
        }
    }
}

/// The answer to a sign-in that is done: it hands a credential to the client, and a cookie by
/// which the device will be known again.
pub(super) fn grant(
    req: &HttpRequest,
    api: &Api,
    issued: &Issued,
    refresh_in: RefreshTransport,
) -> HttpResponse {
    let mut answer = renewed(req, api, issued, refresh_in);
    api.remember_device(&mut answer, &issued.user);
    answer
}

/// Takes from the browser what another kind of credential has left there.
pub(super) fn clear(
    req: &HttpRequest,
    api: &Api,
    answer: &mut HttpResponse,
    issued: &Issued,
    leftovers: Leftovers,
) {
    if api.accounts().strategy().bridge().is_some() {
        api.cookies().clear_old(req, answer, issued, leftovers);
    }
}

/// The answer that hands a credential to the client.
pub(super) fn renewed(
    req: &HttpRequest,
    api: &Api,
    issued: &Issued,
    refresh_in: RefreshTransport,
) -> HttpResponse {
    handed(req, api, issued, refresh_in, &[])
}

fn handed(
    req: &HttpRequest,
    api: &Api,
    issued: &Issued,
    refresh_in: RefreshTransport,
    recovery_codes: &[RecoveryCode],
) -> HttpResponse {
    CurrentUser::note(req, issued.user.id);
    let mut answer = HttpResponse::Ok();
    let transport = issued.scheme.transport;
    let mut dto = GrantDto {
        user: api.user_dto(&issued.user),
        session: SessionDto::of(&issued.session, true),
        token_type: transport.token_type(),
        expires_in: issued.tokens.expires_in.as_secs(),
        access_token: None,
        refresh_token: None,
        recovery_codes: revealed(recovery_codes),
    };
    if transport == Transport::Cookie {
        api.cookies().set(req, &mut answer, issued);
        return answer.json(dto);
    }
    dto.access_token = Some(issued.tokens.access.reveal().to_owned());
    match (&issued.tokens.refresh, refresh_in) {
        (Some(refresh), RefreshTransport::Cookie) => {
            let cookies = api.cookies();
            cookies.set_refresh(&mut answer, &issued.session, refresh);
        }
        (refresh, _) => dto.refresh_token = refresh.as_ref().map(Secret::reveal),
    }
    answer.json(dto)
}

/// A sign-in on a device that is signed in replaces the old credential.
async fn end_previous(req: &HttpRequest, api: &Api) -> Result<(), Problem> {
    for previous in CurrentUser::all_of(req, api).await {
        api.accounts().sign_out(previous.signed_in()).await?;
    }
    Ok(())
}
