//! Redeeming the authorization code (OpenID Connect Core 1.0, 3.1.3).

use auth_core::identity::{Answer, Challenge};
use openidconnect::core::{CoreErrorResponseType, CoreTokenResponse};
use openidconnect::{
    AuthorizationCode, PkceCodeVerifier, RequestTokenError, StandardErrorResponse,
};

use super::Client;
use crate::fault::Fault;
use crate::{Outbound, OutboundError};

/// The tokens for a code.
pub(super) async fn redeem(
    client: &Client,
    outbound: &Outbound,
    answer: &Answer,
    challenge: &Challenge,
) -> Result<CoreTokenResponse, Fault> {
    let code = AuthorizationCode::new(answer.code.reveal().to_owned());
    let verifier = PkceCodeVerifier::new(challenge.pkce_verifier.reveal().to_owned());
    let request = client.exchange_code(code).set_pkce_verifier(verifier);
    let tokens = request.request_async(outbound).await;
    tokens.map_err(|error| redeemed_badly(&error))
}

type TokenError = RequestTokenError<OutboundError, StandardErrorResponse<CoreErrorResponseType>>;

/// The crate's error may hold the answer with its tokens; what remains of it is a sentence.
fn redeemed_badly(error: &TokenError) -> Fault {
    match error {
        RequestTokenError::Request(error) => error.clone().into(),
        RequestTokenError::ServerResponse(refused) => match refused.error() {
            CoreErrorResponseType::Extension(_) => {
                Fault::rejected("the token endpoint refused the code")
            }
            standard => Fault::rejected(format!("the token endpoint answered {standard}")),
        },
        _ => Fault::rejected("the token endpoint's answer can't be read"),
    }
}
