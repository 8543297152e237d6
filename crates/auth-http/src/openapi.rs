//! The description of exactly this server, generated from the handlers.

use auth_core::Transport;
use auth_core::strategy::Description;
use utoipa::OpenApi;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, ResponseBuilder, ServerBuilder};

use crate::api::HttpConfig;
use crate::handlers::{
    account, describe, health, identities, oauth, password, profile, sessions, sign_in,
};
use crate::problem::ProblemBody;

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
        sessions::list,
        sessions::revoke,
        sessions::revoke_others,
        describe::strategy,
    ),
    components(schemas(ProblemBody))
)]
struct Contract;

#[derive(OpenApi)]
#[openapi(paths(health::live, health::ready, describe::openapi))]
struct Host;

#[derive(OpenApi)]
#[openapi(paths(describe::jwks))]
struct Keys;

#[derive(OpenApi)]
#[openapi(paths(
    oauth::start,
    oauth::callback,
    oauth::link,
    identities::list,
    identities::unlink,
))]
struct Federation;

#[derive(OpenApi)]
#[openapi(paths(oauth::exchange))]
struct Exchange;

/// The parts that not every server has.
pub(crate) struct Parts {
    /// Public keys.
    pub(crate) keys: bool,
    /// Sign-in through providers.
    pub(crate) providers: bool,
}

/// The OpenAPI 3.1 document as JSON.
pub(crate) fn describe(config: &HttpConfig, strategy: &Description, parts: Parts) -> String {
    let mut contract = Contract::openapi();
    if parts.providers {
        contract.merge(Federation::openapi());
        if strategy.transport == Transport::Bearer {
            contract.merge(Exchange::openapi());
        }
    }
    let mut document = Host::openapi().nest(&config.base_path, contract);
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
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("credential", scheme(config, strategy.transport));
    for item in document.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.patch,
            &mut item.delete,
        ];
        for (n, operation) in operations.into_iter().enumerate() {
            let Some(operation) = operation else { continue };
            let responses = &mut operation.responses.responses;
            responses.insert("default".into(), problem());
            if n > 0 && operation.security.is_some() {
                responses.insert("412".into(), user_changed());
                operation.parameters.get_or_insert_default().push(if_user());
            }
        }
    }
    document.to_json().unwrap_or_default()
}

fn scheme(config: &HttpConfig, transport: Transport) -> SecurityScheme {
    match transport {
        Transport::Cookie => {
            let cookie = config.cookies().session_name;
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(cookie)))
        }
        Transport::Bearer => SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format("JWT")
                .build(),
        ),
    }
}

/// The header by which a write names the user it is meant for.
fn if_user() -> Parameter {
    let id = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("uuid".into())))
        .build();
    ParameterBuilder::new()
        .name("If-User")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The id of the user that the write is meant for"))
        .schema(Some(id))
        .build()
}

fn user_changed() -> RefOr<utoipa::openapi::Response> {
    let description = "`user_changed`: somebody else than the user in `If-User` is signed in";
    ResponseBuilder::new()
        .description(description)
        .build()
        .into()
}

fn problem() -> RefOr<utoipa::openapi::Response> {
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description("Any error")
        .content("application/problem+json", content)
        .build()
        .into()
}
