//! The authorization request.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::params::Params;
use crate::{Client, DevProvider};

/// Which protocol a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// OpenID Connect Core 1.0.
    OpenId,
    /// GitHub's OAuth.
    GitHub,
}

impl Dialect {
    /// The authorization endpoint below the issuer.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::OpenId => "/authorize",
            Self::GitHub => "/login/oauth/authorize",
        }
    }
}

/// Where an answer may be sent: the client and its redirect URI are known and fit.
pub(crate) struct Destination {
    pub(crate) client: Client,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) dialect: Dialect,
    /// Whether the answer goes back in a form.
    pub(crate) by_form: bool,
}

impl Destination {
    /// # Errors
    /// Says what is wrong; then nothing may be sent anywhere (RFC 6749, 4.1.2.1).
    pub(crate) fn of(
        provider: &DevProvider,
        params: &Params,
        dialect: Dialect,
    ) -> Result<Self, &'static str> {
        let id = params.get("client_id");
        let id = id.ok_or("The request names no client, or more than one.")?;
        let client = provider.client(id).ok_or("The client is not known here.")?;
        let uri = params.owned("redirect_uri");
        let redirect_uri = uri.ok_or("The request has no redirect_uri, or more than one.")?;
        if !client.redirect_uris.contains(&redirect_uri) {
            return Err("The redirect_uri is not one of the client's.");
        }
        Ok(Self {
            client,
            redirect_uri,
            state: params.owned("state"),
            dialect,
            by_form: params.get("response_mode") == Some("form_post"),
        })
    }
}

/// A valid authorization request.
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) scope: Vec<String>,
    pub(crate) nonce: Option<String>,
    /// The PKCE challenge, method S256 (RFC 7636, 4.2).
    pub(crate) challenge: String,
}

/// An error code and its explanation (RFC 6749, 4.1.2.1; OpenID Connect Core 1.0, 3.1.2.6).
pub(crate) type RequestError = (&'static str, &'static str);

impl AuthorizationRequest {
    /// # Errors
    /// What to tell the client.
    pub(crate) fn read(params: &Params, to: &Destination) -> Result<Self, RequestError> {
        if params.repeated().is_some() {
            return Err(("invalid_request", "A parameter comes twice."));
        }
        if to.dialect == Dialect::OpenId {
            check_openid(params)?;
        }
        Ok(Self {
            client_id: to.client.id.clone(),
            redirect_uri: to.redirect_uri.clone(),
            scope: scope(params.get("scope").unwrap_or_default()),
            nonce: params.owned("nonce"),
            challenge: challenge(params)?,
        })
    }

    pub(crate) fn has_scope(&self, name: &str) -> bool {
        self.scope.iter().any(|scope| scope == name)
    }
}

/// What only OpenID Connect asks.
fn check_openid(params: &Params) -> Result<(), RequestError> {
    let unsupported = [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ];
    for (name, error) in unsupported {
        if params.get(name).is_some() {
            return Err((error, "This provider does not do that."));
        }
    }
    match params.get("response_type") {
        Some("code") => {}
        Some(_) => return Err(("unsupported_response_type", "response_type must be code.")),
        None => return Err(("invalid_request", "response_type is missing.")),
    }
    if params
        .get("response_mode")
        .is_some_and(|mode| !["query", "form_post"].contains(&mode))
    {
        return Err((
            "invalid_request",
            "response_mode must be query or form_post.",
        ));
    }
    if params
        .get("max_age")
        .is_some_and(|age| age.parse::<u32>().is_err())
    {
        return Err(("invalid_request", "max_age must be a number of seconds."));
    }
    check_prompt(params.get("prompt").unwrap_or_default())
}

/// Everybody is asked anew each time, which satisfies every prompt but `none`.
fn check_prompt(prompt: &str) -> Result<(), RequestError> {
    let prompts: Vec<&str> = prompt.split_whitespace().collect();
    match prompts[..] {
        ["none"] => Err(("login_required", "Nobody is signed in here, ever.")),
        _ if prompts.contains(&"none") => {
            Err(("invalid_request", "prompt=none goes with no other prompt."))
        }
        _ => Ok(()),
    }
}

fn challenge(params: &Params) -> Result<String, RequestError> {
    let challenge = params.owned("code_challenge");
    let challenge = challenge.ok_or(("invalid_request", "code_challenge is missing."))?;
    if params.get("code_challenge_method") != Some("S256") {
        return Err(("invalid_request", "code_challenge_method must be S256."));
    }
    match URL_SAFE_NO_PAD.decode(&challenge) {
        Ok(hash) if hash.len() == digest::SHA256_OUTPUT_LEN => Ok(challenge),
        _ => Err(("invalid_request", "code_challenge is no SHA-256 hash.")),
    }
}

/// The challenge that a verifier answers.
pub(crate) fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

/// The names in a scope. GitHub's clients also put commas between them.
fn scope(text: &str) -> Vec<String> {
    let names = text.split([' ', ',']).filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}
