//! The discovery document and the keys.

use actix_web::HttpResponse;
use serde_json::json;

use crate::DevProvider;

/// Provider metadata (OpenID Connect Discovery 1.0, 3; RFC 8414; RFC 9207, 3).
pub(crate) fn document(provider: &DevProvider) -> HttpResponse {
    let at = |path: &str| format!("{}{path}", provider.issuer());
    HttpResponse::Ok().json(json!({
        "issuer": provider.named_issuer(),
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/jwks"),
        "scopes_supported": ["openid", "profile", "email"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "none"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "name",
            "given_name", "family_name", "preferred_username", "email", "email_verified"
        ],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
    }))
}

/// The JWK Set (RFC 7517, 5).
pub(crate) fn jwks(provider: &DevProvider) -> HttpResponse {
    HttpResponse::Ok().json(provider.keys().jwks())
}
