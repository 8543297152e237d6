//! The route table, which is also the only place that says what each route takes.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{Error, HttpRequest};
use auth_core::Permission;

use super::{
    ADMIN_PATH, AdminApi, api_keys, audit, devices, factors, mails, overview, person, system,
    users, webhooks,
};
use crate::cross_site;
use crate::routes::{at, not_found, register};

/// What a route takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// Its method, in small letters.
    pub(super) method: &'static str,
    /// Its path below [`ADMIN_PATH`].
    pub(super) path: &'static str,
    /// What has to be permitted; nothing where any role or key will do.
    pub(super) permission: Option<Permission>,
}

/// `path { method permission => handler, … }`: the rules, and how the routes are registered.
macro_rules! table {
    ($($path:literal { $($method:ident $permission:expr => $handler:path),+ })+) => {
        /// What each route takes.
        pub(super) const RULES: &[Rule] = &[$($(Rule {
            method: stringify!($method),
            path: $path,
            permission: $permission,
        }),+),+];

        fn routes(scope: &mut ServiceConfig) {
            scope$(.service(at($path)$(.$method($handler))+.done()))+;
        }
    };
}

use Permission::{
    ApiKeysWrite, AuditRead, MailRead, MailWrite, RolesWrite, SystemRead, UsersDelete, UsersExport,
    UsersRead, UsersSupport, UsersWrite, WebhooksWrite,
};

table! {
    "/me" { get None => system::me }
    "/users" { get Some(UsersRead) => users::list_users, post Some(UsersWrite) => users::create_user }
    "/users/{id}" {
        get Some(UsersRead) => users::show_user,
        patch Some(UsersWrite) => users::change_user,
        delete Some(UsersDelete) => users::delete_user
    }
    "/users/{id}/disable" { post Some(UsersWrite) => users::disable_user }
    "/users/{id}/enable" { post Some(UsersWrite) => users::enable_user }
    "/users/{id}/unlock" { post Some(UsersSupport) => users::unlock_user }
    "/users/{id}/reset-password" { post Some(UsersSupport) => users::reset_password_of_user }
    "/users/{id}/sign-out" { post Some(UsersWrite) => devices::sign_out_user }
    "/users/{id}/sessions" { get Some(UsersRead) => devices::list_sessions_of_user }
    "/users/{id}/sessions/{sid}" { delete Some(UsersWrite) => devices::end_session_of_user }
    "/users/{id}/identities" { get Some(UsersRead) => users::list_identities_of_user }
    "/users/{id}/factors" { get Some(UsersRead) => factors::list_factors_of_user }
    "/users/{id}/factors/reset" {
        post Some(UsersWrite) => factors::reset_factors_of_user,
        delete Some(UsersWrite) => factors::keep_factors_of_user
    }
    "/users/{id}/factors/required" { put Some(UsersWrite) => factors::require_factor_of_user }
    "/users/{id}/role" { put Some(RolesWrite) => users::set_role_of_user }
    "/users/{id}/export" { get Some(UsersExport) => person::export_user }
    "/sessions" { get Some(SystemRead) => system::tally_sessions }
    "/keys" { get Some(SystemRead) => system::list_signing_keys }
    "/api-keys" {
        get Some(ApiKeysWrite) => api_keys::list_api_keys,
        post Some(ApiKeysWrite) => api_keys::create_api_key
    }
    "/api-keys/{id}" { delete Some(ApiKeysWrite) => api_keys::revoke_api_key }
    "/audit" { get Some(AuditRead) => audit::list_audit_events }
    "/mails" { get Some(MailRead) => mails::list_mails }
    "/mails/retry" { post Some(MailWrite) => mails::retry_mails }
    "/mails/{id}/retry" { post Some(MailWrite) => mails::retry_mail }
    "/overview" { get Some(SystemRead) => overview::show_overview }
    "/webhooks" {
        get Some(WebhooksWrite) => webhooks::list_webhooks,
        post Some(WebhooksWrite) => webhooks::create_webhook
    }
    "/webhooks/{id}" {
        get Some(WebhooksWrite) => webhooks::show_webhook,
        patch Some(WebhooksWrite) => webhooks::change_webhook,
        delete Some(WebhooksWrite) => webhooks::delete_webhook
    }
    "/webhooks/{id}/rotate-secret" { post Some(WebhooksWrite) => webhooks::rotate_webhook_secret }
    "/webhooks/{id}/test" { post Some(WebhooksWrite) => webhooks::test_webhook }
    "/webhooks/{id}/deliveries" { get Some(WebhooksWrite) => webhooks::list_deliveries_of_webhook }
    "/webhooks/{id}/deliveries/{delivery}/replay" {
        post Some(WebhooksWrite) => webhooks::replay_delivery_of_webhook
    }
    "/webhooks/{id}/replay" { post Some(WebhooksWrite) => webhooks::replay_failed_of_webhook }
    "/settings" { get Some(SystemRead) => system::show_settings }
    "/health" { get Some(SystemRead) => system::show_health }
}

/// Has the audit trail tell which request asked for what happens, reads included.
async fn within_origin(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let admin = req.app_data::<Data<AdminApi>>();
    let origin = admin.map(|admin| admin.api().origin(req.request()));
    let answer = next.call(req);
    match origin {
        Some(origin) => origin.scope(answer).await,
        None => answer.await,
    }
}

/// The rule for a request; none where its route is in no table, which nobody may call.
pub(super) fn rule(req: &HttpRequest) -> Option<&'static Rule> {
    let pattern = req.match_pattern()?;
    let path = pattern.strip_prefix(ADMIN_PATH)?;
    let method = match *req.method() {
        Method::HEAD => "get".to_owned(),
        ref other => other.as_str().to_ascii_lowercase(),
    };
    RULES
        .iter()
        .find(|rule| rule.path == path && rule.method == method)
}

impl AdminApi {
    /// Registers the routes, and those of the contract, on an app of their own, which wants
    /// [`Middleware`](crate::Middleware) around it.
    pub fn routes(&self) -> impl FnOnce(&mut ServiceConfig) + Clone + use<> {
        let admin = self.clone();
        move |app| {
            let has_docs = admin.api().config().docs;
            let scope = web::scope(ADMIN_PATH)
                .configure(routes)
                .configure(|scope| {
                    if has_docs {
                        scope.service(at("/openapi.json").get(system::openapi).done());
                    }
                })
                .default_service(web::to(not_found))
                .wrap(from_fn(within_origin))
                .wrap(from_fn(cross_site::guard))
                .wrap(cross_site::cors(admin.api().config()))
                .wrap(from_fn(cross_site::diagnose));
            app.app_data(Data::new(admin.clone())).service(scope);
            register(app, admin.api());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_keys_or_raises_people_is_for_people_alone() {
        for rule in RULES {
            let writes_powers = rule.path.starts_with("/api-keys") || rule.path.ends_with("/role");
            let is_for_keys = rule.permission.is_none_or(Permission::is_for_keys);
            assert_eq!(is_for_keys, !writes_powers, "{rule:?}");
        }
    }

    #[test]
    fn every_route_but_ones_own_takes_a_permission() {
        let free = RULES.iter().filter(|rule| rule.permission.is_none());
        assert_eq!(free.map(|rule| rule.path).collect::<Vec<_>>(), ["/me"]);
    }
}
