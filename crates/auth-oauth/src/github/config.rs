//! What GitHub is set up with.

use auth_core::SecretText;
use auth_core::identity::ProviderId;

/// What GitHub is set up with: an OAuth app.
#[derive(Clone, Debug)]
pub struct GithubConfig {
    /// Its name in URLs and settings.
    pub id: ProviderId,
    /// Its name for people.
    pub name: String,
    /// Who we are there.
    pub client_id: String,
    /// The proof of it.
    pub client_secret: SecretText,
    /// Where people come back to, as registered there.
    pub redirect_uri: String,
    /// The address of the site, without a slash at its end; the issuer of the identities.
    pub web_base: String,
    /// The address of the API, without a slash at its end.
    pub api_base: String,
    /// What is asked for.
    pub scopes: Vec<String>,
}

impl GithubConfig {
    /// github.com, with the scopes `read:user user:email`.
    pub fn github(
        client_id: impl Into<String>,
        client_secret: SecretText,
        redirect_uri: impl Into<String>,
    ) -> Self {
        Self {
            id: ProviderId::from_stored("github".to_owned()),
            name: "GitHub".to_owned(),
            client_id: client_id.into(),
            client_secret,
            redirect_uri: redirect_uri.into(),
            web_base: "https://github.com".to_owned(),
            api_base: "https://api.github.com".to_owned(),
            scopes: ["read:user", "user:email"].map(str::to_owned).into(),
        }
    }
}
