//! The description of the admin API, generated from the handlers and the route table.

use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ServerBuilder, Tag};

use super::routes::RULES;
use super::{
    ADMIN_PATH, api_keys, audit, devices, factors, mails, overview, person, system, users, webhooks,
};
use crate::api::Api;
use crate::openapi::{rules, scheme};
use crate::problem::ProblemBody;

#[derive(OpenApi)]
#[openapi(
    paths(
        system::me,
        users::list_users,
        users::create_user,
        users::show_user,
        users::change_user,
        users::delete_user,
        users::disable_user,
        users::enable_user,
        users::unlock_user,
        users::reset_password_of_user,
        devices::sign_out_user,
        devices::list_sessions_of_user,
        devices::end_session_of_user,
        users::list_identities_of_user,
        factors::list_factors_of_user,
        factors::reset_factors_of_user,
        factors::keep_factors_of_user,
        factors::require_factor_of_user,
        users::set_role_of_user,
        person::export_user,
        system::tally_sessions,
        system::list_signing_keys,
        api_keys::list_api_keys,
        api_keys::create_api_key,
        api_keys::revoke_api_key,
        audit::list_audit_events,
        mails::list_mails,
        mails::retry_mail,
        mails::retry_mails,
        overview::show_overview,
        webhooks::list_webhooks,
        webhooks::create_webhook,
        webhooks::show_webhook,
        webhooks::change_webhook,
        webhooks::delete_webhook,
        webhooks::rotate_webhook_secret,
        webhooks::test_webhook,
        webhooks::list_deliveries_of_webhook,
        webhooks::replay_delivery_of_webhook,
        webhooks::replay_failed_of_webhook,
        system::show_settings,
        system::show_health,
    ),
    components(schemas(ProblemBody))
)]
struct AdminRoutes;

/// The groups of operations.
const TAGS: [(&str, &str); 6] = [
    ("users", "Accounts"),
    ("factors", "Second factors of accounts"),
    ("api keys", "Keys for programs"),
    ("mail", "Mails that wait to be delivered"),
    ("webhooks", "Receivers that are told of what happens"),
    ("system", "The server itself"),
];

/// The OpenAPI 3.1 document as JSON.
pub(super) fn describe(api: &Api) -> String {
    let config = api.config();
    let routes = AdminRoutes::openapi();
    let mut document = utoipa::openapi::OpenApi::default().nest(ADMIN_PATH, routes);
    document.info.title = format!("{}: administration", config.title);
    document.info.version = env!("CARGO_PKG_VERSION").into();
    document.info.description = Some(
        "Accounts, as operators see them: for people with a role whose session has a second \
         factor, and for programs with an API key. Errors are RFC 9457 problem details; switch \
         on `code`. `x-permission` of an operation is what its caller has to be permitted."
            .into(),
    );
    let url = config.public_url.as_str().trim_end_matches('/');
    document.servers = Some(vec![ServerBuilder::new().url(url).build()]);
    let tag = |(name, about): (&str, &str)| {
        let mut tag = Tag::new(name);
        tag.description = Some(about.to_owned());
        tag
    };
    document.tags = Some(TAGS.map(tag).to_vec());
    let strategy = api.accounts().strategy().description();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("credential", scheme(config, &strategy));
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
    let key = key.bearer_format("cak_…").build();
    components.add_security_scheme("api_key", SecurityScheme::Http(key));
    let mut document = serde_json::to_value(&document).unwrap_or_default();
    permissions(&mut document);
    rules::complete(&mut document, ADMIN_PATH);
    document.to_string()
}

/// Says of each operation what its caller has to be permitted, and as whom they may come.
fn permissions(document: &mut Value) {
    for rule in RULES {
        let path = format!("{ADMIN_PATH}{}", rule.path);
        let Some(operation) = document["paths"][path].get_mut(rule.method) else {
            continue;
        };
        let is_for_keys = rule
            .permission
            .is_none_or(auth_core::Permission::is_for_keys);
        operation["security"] = match is_for_keys {
            true => json!([{ "credential": [] }, { "api_key": [] }]),
            false => json!([{ "credential": [] }]),
        };
        let mut detail = "`forbidden`: no role, or none that permits this; `factor_required`: \
                          the session has no second factor"
            .to_owned();
        if let Some(permission) = rule.permission {
            operation["x-permission"] = permission.as_str().into();
            if permission.is_grave() {
                detail += ", or none that was shown lately";
            }
        }
        operation["responses"]["403"] = json!({ "description": detail });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_is_described_is_what_the_table_has() {
        let routes = serde_json::to_value(AdminRoutes::openapi()).unwrap();
        let described = routes["paths"].as_object().unwrap().iter();
        let described = described.flat_map(|(path, operations)| {
            let methods = operations.as_object().unwrap().keys();
            methods.map(move |method| format!("{method} {path}"))
        });
        let described: BTreeSet<_> = described.collect();
        let rules = RULES
            .iter()
            .map(|rule| format!("{} {}", rule.method, rule.path));
        assert_eq!(described, rules.collect());
    }
}
