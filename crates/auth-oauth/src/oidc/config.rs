//! What an OpenID Connect provider is set up with.

use std::time::Duration;

use auth_core::SecretText;
use auth_core::identity::ProviderId;

use crate::client::{ClientAuth, ClientSecret, SigningClient};
use crate::profile::{ClaimNames, TrustEmail};

/// What stands in an issuer for the tenant, which the claim `tid` names: the form in which
/// Microsoft Entra ID publishes the issuer of applications for several tenants.
pub(crate) const TENANT: &str = "{tenantid}";

/// What an OpenID Connect provider is set up with.
#[derive(Clone, Debug)]
pub struct OidcConfig {
    /// Its name in URLs and settings.
    pub id: ProviderId,
    /// Its name for people.
    pub name: String,
    /// Its issuer identifier, to the letter (OpenID Connect Discovery 1.0, 3). With
    /// `{tenantid}` in it, each tenant has an issuer of its own.
    pub issuer: String,
    /// Where its metadata is, if not below the issuer.
    pub discovery: Option<String>,
    /// The tenants whose people may come; all if there is none. For an issuer with
    /// `{tenantid}`.
    pub tenants: Vec<String>,
    /// Who we are there.
    pub client_id: String,
    /// The proof of it.
    pub client_secret: ClientSecret,
    /// How the proof travels; as the provider says, if not set.
    pub client_auth: Option<ClientAuth>,
    /// Where people come back to, as registered there.
    pub redirect_uri: String,
    /// What is asked for; `openid` always is.
    pub scopes: Vec<String>,
    /// How the answer comes back: `query`, or `form_post` in a form that the browser posts.
    pub response_mode: ResponseMode,
    /// Whether the ID token has to hold the nonce that was sent. One that is there has to
    /// be the right one in any case.
    pub nonce: bool,
    /// Whether PKCE is used.
    pub pkce: bool,
    /// Other audiences that an ID token may have beside us.
    pub audiences: Vec<String>,
    /// How far the clocks may be apart.
    pub leeway: Duration,
    /// Whether userinfo is asked.
    pub userinfo: Userinfo,
    /// Under which names the provider tells about people.
    pub claims: ClaimNames,
    /// When their addresses count as verified.
    pub trust_email: TrustEmail,
    /// The values of `amr` and `acr` by which a sign-in there counts as one with a second factor;
    /// none unless the provider is trusted for it.
    pub trust_factor: Vec<String>,
    /// The `prompt` by which the person is asked to sign in anew although the provider
    /// remembers a session (OpenID Connect Core 1.0, 3.1.2.1).
    pub fresh_prompt: String,
    /// For how long keys that were fetched for an unknown key are not fetched again.
    pub key_cooldown: Duration,
    /// For how long the metadata is good.
    pub metadata_ttl: Duration,
}

/// How an answer comes back (OAuth 2.0 Form Post Response Mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query.
    Query,
    /// In a form. Its field `user` may hold the person's name, as Apple's does.
    FormPost,
}

/// Whether userinfo is asked for what the ID token does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Userinfo {
    /// It is; that it fails matters when the ID token holds no address.
    On,
    /// It is not.
    Off,
    /// It is; that it fails never matters.
    Optional,
}

impl OidcConfig {
    /// A confidential client with the scopes `openid email profile`, `prompt=login`, nonce,
    /// PKCE, userinfo, 60 s of leeway, a key cool-down of 10 s and metadata that is good
    /// for an hour.
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
            discovery: None,
            tenants: vec![],
            client_id: client_id.into(),
            client_secret: ClientSecret::Shared(client_secret),
            client_auth: None,
            redirect_uri: redirect_uri.into(),
            scopes: scopes(["openid", "email", "profile"]),
            response_mode: ResponseMode::Query,
            nonce: true,
            pkce: true,
            audiences: vec![],
            leeway: Duration::from_secs(60),
            userinfo: Userinfo::On,
            claims: ClaimNames::default(),
            trust_email: TrustEmail::Boolean,
            trust_factor: vec![],
            fresh_prompt: "login".to_owned(),
            key_cooldown: Duration::from_secs(10),
            metadata_ttl: Duration::from_secs(3600),
        }
    }

    /// A preset, which has a name of its own.
    fn preset(
        id: &str,
        name: &str,
        issuer: &str,
        client_id: impl Into<String>,
        client_secret: SecretText,
        redirect_uri: impl Into<String>,
    ) -> Self {
        let id = ProviderId::from_stored(id.to_owned());
        Self::new(id, name, issuer, client_id, client_secret, redirect_uri)
    }

    /// Google. It documents no prompt for a new sign-in, so people choose their account
    /// anew instead, and it states no `auth_time`.
    pub fn google(
        client_id: impl Into<String>,
        secret: SecretText,
        redirect_uri: impl Into<String>,
    ) -> Self {
        let issuer = "https://accounts.google.com";
        Self {
            fresh_prompt: "select_account".to_owned(),
            ..Self::preset("google", "Google", issuer, client_id, secret, redirect_uri)
        }
    }

    /// Microsoft Entra ID: people of one tenant, given by its id, or of all that
    /// `organizations`, `consumers` or `common` stand for. It never sends `email_verified`;
    /// an address counts by the optional claim `xms_edov` or by [`TrustEmail::Always`].
    pub fn microsoft(
        tenant: &str,
        client_id: impl Into<String>,
        secret: SecretText,
        redirect_uri: impl Into<String>,
    ) -> Self {
        // The tenant of personal accounts, as Microsoft documents it.
        const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
        let of = |tenant: &str| format!("https://login.microsoftonline.com/{tenant}/v2.0");
        let (issuer, discovery) = match tenant {
            "common" | "organizations" => (of(TENANT), Some(of(tenant))),
            "consumers" => (of(CONSUMERS), None),
            one => (of(one), None),
        };
        let (id, name) = ("microsoft", "Microsoft");
        Self {
            discovery: discovery.map(|base| format!("{base}/{WELL_KNOWN}")),
            claims: ClaimNames {
                email_verified: Some("xms_edov".to_owned()),
                ..ClaimNames::default()
            },
            trust_email: TrustEmail::Text,
            ..Self::preset(id, name, &issuer, client_id, secret, redirect_uri)
        }
    }

    /// Apple. It posts its answer as a form, sends `email_verified` as a text, and tells a
    /// person's name only the first time, in that form.
    pub fn apple(
        client_id: impl Into<String>,
        secret: SigningClient,
        redirect_uri: impl Into<String>,
    ) -> Self {
        let (none, issuer) = (SecretText::new(""), "https://appleid.apple.com");
        Self {
            client_secret: ClientSecret::Signed(secret),
            client_auth: Some(ClientAuth::Post),
            scopes: scopes(["openid", "email", "name"]),
            response_mode: ResponseMode::FormPost,
            trust_email: TrustEmail::Text,
            ..Self::preset("apple", "Apple", issuer, client_id, none, redirect_uri)
        }
    }

    /// LinkedIn. Its ID token holds no nonce and its token endpoint refuses PKCE, so the
    /// state alone ties its answer to the browser.
    pub fn linkedin(
        client_id: impl Into<String>,
        secret: SecretText,
        redirect_uri: impl Into<String>,
    ) -> Self {
        let (id, name) = ("linkedin", "LinkedIn");
        let issuer = "https://www.linkedin.com/oauth";
        Self {
            client_auth: Some(ClientAuth::Post),
            nonce: false,
            pkce: false,
            trust_email: TrustEmail::Text,
            ..Self::preset(id, name, issuer, client_id, secret, redirect_uri)
        }
    }

    /// Where its metadata is (OpenID Connect Discovery 1.0, 4).
    pub fn discovery(&self) -> String {
        let below = || format!("{}/{WELL_KNOWN}", self.issuer.trim_end_matches('/'));
        let given = self.discovery.clone().unwrap_or_else(below);
        given.replace(TENANT, "common")
    }
}

const WELL_KNOWN: &str = ".well-known/openid-configuration";

fn scopes<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).into()
}
