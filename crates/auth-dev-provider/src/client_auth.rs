//! Who asks the token endpoint.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use crate::oauth_error::TokenError;
use crate::params::Params;
use crate::{Client, DevProvider};

/// The client that makes this request, by client_secret_basic, client_secret_post, or just
/// its id when it is public (OpenID Connect Core 1.0, 9).
pub(crate) fn authenticate(
    provider: &DevProvider,
    request: &HttpRequest,
    params: &Params,
) -> Result<Client, TokenError> {
    let (id, secret) = credentials(request, params)?;
    let client = provider.client(&id);
    let client = client.ok_or(TokenError::Client("The client is not known here."))?;
    let fits = match (&client.secret, &secret) {
        (Some(own), Some(shown)) => own.is(shown),
        (None, None) => true,
        _ => false,
    };
    match fits {
        true => Ok(client),
        false => Err(TokenError::Client("The client's secret is wrong.")),
    }
}

fn credentials(
    request: &HttpRequest,
    params: &Params,
) -> Result<(String, Option<String>), TokenError> {
    let id = params.owned("client_id");
    let secret = params.owned("client_secret");
    let Some(header) = request.headers().get(AUTHORIZATION) else {
        let id = id.ok_or(TokenError::Client("The request names no client."))?;
        return Ok((id, secret));
    };
    if secret.is_some() {
        return Err(TokenError::Request("The client shows its secret twice."));
    }
    let shown = header.to_str().ok().and_then(basic);
    let shown = shown.ok_or(TokenError::Client(
        "The Authorization header is not Basic as RFC 6749 encodes it.",
    ))?;
    if id.is_some_and(|id| id != shown.0) {
        return Err(TokenError::Request("The request names two clients."));
    }
    Ok((shown.0, Some(shown.1)))
}

/// The id and the secret, both form-encoded before they were put together (RFC 6749, 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some((form_decoded(id)?, form_decoded(secret)?))
}

fn form_decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}
