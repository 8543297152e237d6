//! What an OpenID Connect provider is set up with.

use std::time::Duration;

use auth_core::identity::ProviderId;
use auth_core::strategy::SecretText;

/// What an OpenID Connect provider is set up with.
#[derive(Clone, Debug)]
pub struct OidcConfig {
    /// Its name in URLs and settings.
    pub id: ProviderId,
    /// Its name for people.
    pub name: String,
    /// Its issuer identifier, to the letter (OpenID Connect Discovery 1.0, 3).
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// The proof of it; a public client has none (RFC 6749, 2.1).
    pub client_secret: Option<SecretText>,
    /// Where people come back to, as registered there.
    pub redirect_uri: String,
    /// What is asked for; `openid` always is.
    pub scopes: Vec<String>,
    /// The `prompt` by which the person is asked to sign in anew although the provider
    /// remembers a session (OpenID Connect Core 1.0, 3.1.2.1).
    pub fresh_prompt: String,
    /// For how long keys that were fetched for an unknown key are not fetched again.
    pub key_cooldown: Duration,
    /// For how long the metadata is good.
    pub metadata_ttl: Duration,
}

impl OidcConfig {
    /// A confidential client with the scopes `openid email profile`, `prompt=login`, a key
    /// cool-down of 10 s and metadata that is good for an hour.
    pub fn new(
        id: ProviderId,
        name: impl Into<String>,
        issuer: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: SecretText,
        redirect_uri: impl Into<String>,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            issuer: issuer.into(),
            client_id: client_id.into(),
            client_secret: Some(client_secret),
            redirect_uri: redirect_uri.into(),
            scopes: ["openid", "email", "profile"].map(str::to_owned).into(),
            fresh_prompt: "login".to_owned(),
            key_cooldown: Duration::from_secs(10),
            metadata_ttl: Duration::from_secs(3600),
        }
    }

    /// Google. It documents no prompt for a new sign-in, so people choose their account
    /// anew instead, and it states no `auth_time`.
    pub fn google(
        client_id: impl Into<String>,
        client_secret: SecretText,
        redirect_uri: impl Into<String>,
    ) -> Self {
        let id = ProviderId::from_stored("google".to_owned());
        let issuer = "https://accounts.google.com";
        Self {
            fresh_prompt: "select_account".to_owned(),
            ..Self::new(id, "Google", issuer, client_id, client_secret, redirect_uri)
        }
    }
}
