//! The certified provider, and the clients that register themselves there.

use std::ops::Deref;

use anyhow::{Context as _, Result, ensure};
use auth_testkit::account::unique;
use reqwest::StatusCode;
use serde_json::{Value, json};
use test_services::{OIDC_PROVIDER, OidcProvider, can_run, given};

/// The name that servers know it by.
pub const ID: &str = "certified";

/// Where it sends people back to.
const CALLBACK: &str = "/api/auth/oauth/certified/callback";

/// The provider of a test.
pub struct Provider {
    url: String,
    /// The process, if it is there for this test alone.
    own: Option<OidcProvider>,
}

/// A server, as a provider knows it.
pub struct Registration {
    /// Its name there.
    pub client_id: String,
    /// What it proves itself with; a public client has nothing (RFC 6749, 2.1).
    pub secret: Option<String>,
}

/// What happens to the keys that are no longer signed with.
#[derive(Clone, Copy)]
pub enum OldKeys {
    /// They stay published.
    Kept,
    /// They are gone.
    Dropped,
}

impl Provider {
    /// The one that tests share. In CI there is one.
    pub fn shared(test: &str) -> Option<Self> {
        let url = given(OIDC_PROVIDER.url.name, test)?;
        Some(Self { url, own: None })
    }

    /// One that may be stopped and whose keys may change. In CI it is installed.
    pub fn own(test: &str) -> Result<Option<Self>> {
        if !can_run(test, &[&OIDC_PROVIDER]) {
            return Ok(None);
        }
        let process = OidcProvider::start()?;
        Ok(Some(Self {
            url: process.url(),
            own: Some(process),
        }))
    }

    /// Who it says it is.
    pub fn issuer(&self) -> &str {
        &self.url
    }

    /// Registers a server with this origin (RFC 7591).
    pub async fn register(&self, origin: &str) -> Result<Registration> {
        self.register_with(origin, "client_secret_basic").await
    }

    /// Registers one that has no secret.
    pub async fn register_public(&self, origin: &str) -> Result<Registration> {
        self.register_with(origin, "none").await
    }

    async fn register_with(&self, origin: &str, method: &str) -> Result<Registration> {
        let wish = json!({
            "redirect_uris": [format!("{origin}{CALLBACK}")],
            "token_endpoint_auth_method": method,
        });
        let call = http()?.post(format!("{}/reg", self.url)).json(&wish);
        let answer = call.send().await?;
        ensure!(answer.status() == StatusCode::CREATED, "{answer:?}");
        let client: Value = answer.json().await?;
        let text = |name: &str| client[name].as_str().map(str::to_owned);
        Ok(Registration {
            client_id: text("client_id").context("no client_id")?,
            secret: text("client_secret"),
        })
    }

    /// Signs with a new key from now on.
    pub async fn rotate_keys(&self, old: OldKeys) -> Result<()> {
        let query = match old {
            OldKeys::Kept => "",
            OldKeys::Dropped => "?drop_old=true",
        };
        let url = format!("{}/__test/rotate-keys{query}", self.url);
        let answer = http()?.post(url).send().await?;
        ensure!(answer.status() == StatusCode::NO_CONTENT, "{answer:?}");
        Ok(())
    }
}

impl Registration {
    /// The same with a secret that the provider does not know.
    pub fn with_wrong_secret(self) -> Self {
        Self {
            secret: Some(format!("wrong-{}{}", unique(), unique())),
            ..self
        }
    }
}

/// The process, to be stopped and paused.
impl Deref for Provider {
    type Target = OidcProvider;

    fn deref(&self) -> &OidcProvider {
        self.own.as_ref().unwrap()
    }
}

fn http() -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder().no_proxy().tls_certs_only([]);
    Ok(builder.build()?)
}
