//! The description of exactly this server, generated from the handlers.

pub(crate) mod rules;

use auth_core::Transport;
use auth_core::strategy::Description;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ServerBuilder, Tag};

use crate::config::{HttpConfig, Placement};
use crate::handlers::{
    account, describe, factors, form_post, health, history, identities, oauth, password, profile,
    sessions, sign_in, step,
};
use crate::problem::ProblemBody;
use crate::transport::CookieSettings;

#[derive(OpenApi)]
#[openapi(
    paths(
        account::register,
        account::verify,
        account::resend,
        sign_in::login,
        sign_in::logout,
        sign_in::logout_by_delete,
        sign_in::refresh,
        profile::show,
        profile::change,
        profile::delete,
        password::change,
        password::forgot,
        password::reset,
        history::security_events,
        sessions::list,
        sessions::revoke,
        sessions::revoke_others,
        describe::strategy,
    ),
    components(schemas(ProblemBody))
)]
struct Contract;

#[derive(OpenApi)]
#[openapi(paths(health::live, health::ready, health::client, describe::openapi))]
struct Host;

#[derive(OpenApi)]
#[openapi(paths(describe::jwks, describe::issuer, describe::issuer_by_openid))]
struct Keys;

#[derive(OpenApi)]
#[openapi(paths(
    oauth::start,
    oauth::callback,
    form_post::callback_by_form,
    oauth::link,
    identities::list,
    identities::unlink,
))]
struct Federation;

#[derive(OpenApi)]
#[openapi(paths(
    step::factor,
    step::options,
    step::passkey,
    step::mail,
    factors::list,
    factors::begin_totp,
    factors::confirm_totp,
    factors::begin_passkey,
    factors::confirm_passkey,
    factors::rename,
    factors::remove,
    factors::recovery_codes,
    factors::options,
    factors::show_again,
))]
struct Factors;

#[derive(OpenApi)]
#[openapi(paths(oauth::exchange))]
struct Exchange;

/// The groups of operations.
const TAGS: [(&str, &str); 8] = [
    ("account", "Signing up and confirming the address"),
    ("sign-in", "Signing in and out, and refreshing tokens"),
    ("profile", "The user's own data"),
    ("password", "Changing and resetting it"),
    ("sessions", "Where the user is signed in"),
    ("factors", "Second factors and passkeys"),
    ("providers", "Signing in through other providers"),
    (
        "operation",
        "What monitors and clients ask the server itself",
    ),
];

/// The parts that not every server has.
pub(crate) struct Parts {
    /// Public keys.
    pub(crate) keys: bool,
    /// Sign-in through providers.
    pub(crate) providers: bool,
    /// Second factors.
    pub(crate) factors: bool,
    /// Fields that the application keeps about users.
    pub(crate) profile_fields: bool,
}

/// The OpenAPI 3.1 document as JSON.
pub(crate) fn describe(config: &HttpConfig, strategy: &Description, parts: Parts) -> String {
    let mut contract = Contract::openapi();
    if parts.factors {
        contract.merge(Factors::openapi());
    }
    if parts.providers {
        contract.merge(Federation::openapi());
        if strategy.transport == Transport::Bearer {
            contract.merge(Exchange::openapi());
        }
    }
    let mut document = match config.placement {
        Placement::OwnServer => Host::openapi().nest(&config.base_path, contract),
        Placement::Embedded => {
            contract.merge(Host::openapi());
            utoipa::openapi::OpenApi::default().nest(&config.base_path, contract)
        }
    };
    if parts.keys {
        document.merge(Keys::openapi());
    }
    document.info.title.clone_from(&config.title);
    document.info.version = env!("CARGO_PKG_VERSION").into();
    document.info.description = Some(format!(
        "Sign-up, sign-in and account management on the `{}` strategy. Errors are RFC 9457 \
         problem details; switch on `code`.",
        strategy.name
    ));
    let url = config.public_url.as_str().trim_end_matches('/');
    document.servers = Some(vec![ServerBuilder::new().url(url).build()]);
    document.tags = Some(TAGS.map(|(name, about)| tag(name, about)).to_vec());
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("credential", scheme(config, strategy));
    let mut document = serde_json::to_value(&document).unwrap_or_default();
    if !parts.profile_fields {
        rules::leave_out_profile(&mut document);
    }
    rules::complete(&mut document, &config.base_path);
    document.to_string()
}

fn tag(name: &str, about: &str) -> Tag {
    let mut tag = Tag::new(name);
    tag.description = Some(about.to_owned());
    tag
}

/// How the credential of a strategy travels.
pub(crate) fn scheme(config: &HttpConfig, strategy: &Description) -> SecurityScheme {
    match strategy.transport {
        Transport::Cookie => {
            let cookie = CookieSettings::of(config).session_name;
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(cookie)))
        }
        Transport::Bearer => {
            let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
            SecurityScheme::Http(match strategy.format {
                "jwt" => bearer.bearer_format("JWT").build(),
                _ => bearer.build(),
            })
        }
    }
}
