//! The authorization code flow (RFC 6749, 4.1; RFC 7636), as all providers share it.

use auth_core::SecretText;
use auth_core::Timestamp;
use auth_core::identity::{Answer, Challenge};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openidconnect::HttpRequest;
use openidconnect::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use openidconnect::http::{self, StatusCode};
use url::{Url, form_urlencoded};

use crate::client::{ClientAuth, ClientSecret};
use crate::fault::{Fault, pkce_challenge, shown};
use crate::json::{Object, kind};
use crate::outbound::{Outbound, Reply};

/// One client's half of the flow.
pub(crate) struct CodeFlow<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) secret: &'a ClientSecret,
    pub(crate) redirect_uri: &'a str,
    pub(crate) scopes: &'a [String],
    /// Whether the provider knows PKCE.
    pub(crate) pkce: bool,
}

/// What a code was good for.
pub(crate) struct Tokens {
    pub(crate) access_token: SecretText,
    pub(crate) id_token: Option<SecretText>,
}

impl CodeFlow<'_> {
    /// Where to send the browser (RFC 6749, 4.1.1).
    pub(crate) fn authorization_url(
        &self,
        endpoint: &Url,
        challenge: &Challenge,
        extra: &[(&str, &str)],
    ) -> Result<String, Fault> {
        let pkce = pkce_challenge(&challenge.pkce_verifier)?;
        let mut url = endpoint.clone();
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", self.client_id)
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("scope", &self.scopes.join(" "))
            .append_pair("state", challenge.state.reveal())
            .extend_pairs(extra);
        if self.pkce {
            query
                .append_pair("code_challenge", pkce.as_str())
                .append_pair("code_challenge_method", "S256");
        }
        drop(query);
        Ok(url.into())
    }

    /// The tokens for a code.
    pub(crate) async fn redeem(
        &self,
        outbound: &Outbound,
        endpoint: &Url,
        auth: ClientAuth,
        shown: (&Answer, &Challenge),
        now: Timestamp,
    ) -> Result<Tokens, Fault> {
        let secret = self.secret.shown_to(endpoint, self.client_id, now)?;
        let request = self.token_request(endpoint, auth, secret.as_ref(), shown)?;
        let reply = outbound.ask("the token endpoint", Ok(request)).await?;
        self.tokens(&reply, auth)
    }

    /// The request for tokens (RFC 6749, 4.1.3).
    fn token_request(
        &self,
        endpoint: &Url,
        auth: ClientAuth,
        secret: Option<&SecretText>,
        (answer, challenge): (&Answer, &Challenge),
    ) -> Result<HttpRequest, Fault> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", answer.code.reveal())
            .append_pair("redirect_uri", self.redirect_uri);
        if self.pkce {
            form.append_pair("code_verifier", challenge.pkce_verifier.reveal());
        }
        let mut request = http::Request::post(endpoint.as_str())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        match (auth, secret) {
            (ClientAuth::Basic, Some(secret)) => {
                request = request.header(AUTHORIZATION, basic(self.client_id, secret)?);
            }
            (ClientAuth::Post, Some(secret)) => {
                form.append_pair("client_id", self.client_id)
                    .append_pair("client_secret", secret.reveal());
            }
            _ => {
                form.append_pair("client_id", self.client_id);
            }
        }
        let request = request.body(form.finish().into_bytes());
        request.map_err(|_| Fault::rejected("the token endpoint's address can't be called"))
    }

    /// Reads the answer: `expires_in`, `scope` and `refresh_token` are not used, so their
    /// form does not matter. Some refuse with status 200, as GitHub does.
    fn tokens(&self, reply: &Reply, auth: ClientAuth) -> Result<Tokens, Fault> {
        let Some(answer) = reply.any_object() else {
            return Err(reply.unexpected("an object"));
        };
        if let Some(error) = answer.get("error") {
            return Err(reply.refused(&self.refusal(error.as_str(), auth)));
        }
        if reply.status() != StatusCode::OK {
            return Err(reply.unexpected("an object"));
        }
        check_token_type(&answer)?;
        Ok(Tokens {
            access_token: SecretText::new(answer.required("access_token")?),
            id_token: answer.optional("id_token")?.map(SecretText::new),
        })
    }

    /// Why there is no token, and what helps (RFC 6749, 5.2; GitHub has codes of its own).
    /// Its description is not repeated: some put the code into it.
    fn refusal(&self, error: Option<&str>, auth: ClientAuth) -> String {
        let is_code = |code: &&str| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let Some(code) = error.filter(|code| code.len() < 60).filter(is_code) else {
            return "an error of its own kind".to_owned();
        };
        let remedy = match code {
            "invalid_client" | "unauthorized_client" | "incorrect_client_credentials" => {
                format!(
                    "; check client_id and the client's secret, which went by {auth} (client_auth)"
                )
            }
            "redirect_uri_mismatch" => {
                format!("; register {} there", shown(self.redirect_uri))
            }
            _ => String::new(),
        };
        format!("error {code}{remedy}")
    }
}

/// Other tokens than bearer tokens have to be used in ways that are not known here
/// (RFC 6749, 7.1). A few providers leave the type out.
fn check_token_type(answer: &Object) -> Result<(), Fault> {
    match answer.get("token_type") {
        None => Ok(()),
        Some(kind)
            if kind
                .as_str()
                .is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) =>
        {
            Ok(())
        }
        other => {
            let found = other.and_then(|kind| kind.as_str()).map(shown);
            let found = found.unwrap_or_else(|| kind(other).to_owned());
            Err(answer.unexpected("token_type", "Bearer", &found))
        }
    }
}

/// RFC 6749, 2.3.1: both are form-encoded before they are put together.
fn basic(client_id: &str, secret: &SecretText) -> Result<HeaderValue, Fault> {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(client_id), encoded(secret.reveal()));
    let header = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair)));
    let mut header = header.map_err(|_| Fault::rejected("the client can't be shown"))?;
    header.set_sensitive(true);
    Ok(header)
}
