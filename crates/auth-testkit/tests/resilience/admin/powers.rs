//! Who may call what.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use auth_testkit::target::Account;
use auth_testkit::{Client, Reply};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::{Scene, ask, delete, get, post, put};
use crate::deployment::Deployment;
use crate::on;

on! {
    each_route_is_for_whom_its_table_says: session_on_sqlite, jwt_on_services, oauth_jwt_on_sqlite;
    what_is_grave_wants_a_recent_second_factor: session_on_sqlite;
    powers_hold_from_one_request_to_the_next: session_on_sqlite, jwt_on_sqlite;
    nobody_raises_themselves_and_the_last_admin_stays: session_on_sqlite;
}

/// A route, and what it takes.
#[derive(Debug)]
struct Route {
    method: Method,
    path: String,
    permission: Option<String>,
}

/// Every route that the description names.
async fn routes(client: &Client) -> Result<Vec<Route>> {
    let document = get(client, "/openapi.json").await?.ok()?;
    let paths = document.json()["paths"].as_object().context("no paths")?;
    let mut routes = vec![];
    for (path, operations) in paths {
        let path = path.strip_prefix("/api/admin").context("another path")?;
        let nobody = Uuid::now_v7().to_string();
        let path = ["{id}", "{sid}", "{delivery}"]
            .iter()
            .fold(path.to_owned(), |path, name| path.replace(name, &nobody));
        for (method, operation) in operations.as_object().context("no operations")? {
            routes.push(Route {
                method: method.to_uppercase().parse()?,
                path: path.clone(),
                permission: operation["x-permission"].as_str().map(str::to_owned),
            });
        }
    }
    ensure!(routes.len() >= 42, "{routes:?}");
    Ok(routes)
}

impl Route {
    async fn asked_by(&self, client: &Client) -> Result<Reply> {
        let takes_body = matches!(self.method, Method::POST | Method::PUT | Method::PATCH);
        let body = json!({});
        ask(
            client,
            self.method.clone(),
            &self.path,
            takes_body.then_some(&body),
        )
        .await
    }

    /// Expects that whoever asks may, whatever comes of asking for nobody with nothing.
    async fn lets_in(&self, client: &Client) -> Result<()> {
        let reply = self.asked_by(client).await?;
        let is_in = matches!(reply.status.as_u16(), 200 | 404 | 422);
        ensure!(is_in, "{self:?}: {reply}");
        Ok(())
    }

    async fn refuses(&self, client: &Client, code: &str) -> Result<()> {
        let status = if code == "unauthenticated" { 401 } else { 403 };
        let refused = self.asked_by(client).await?.refused(status, code);
        refused.with_context(|| format!("{self:?}"))?;
        Ok(())
    }
}

/// What the role of support permits.
const SUPPORT: [&str; 5] = [
    "users:read",
    "users:support",
    "audit:read",
    "system:read",
    "mail:read",
];

/// What a key may be for.
const FOR_KEYS: [&str; 10] = [
    "users:read",
    "users:support",
    "users:write",
    "users:delete",
    "users:export",
    "audit:read",
    "system:read",
    "mail:read",
    "mail:write",
    "webhooks:write",
];

async fn each_route_is_for_whom_its_table_says(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let stranger = scene.target.client().await?;
    let forged = scene.program(&format!("cak_{}", "A".repeat(43))).await?;
    let (user, _) = scene.target.with_app("user").await?;
    let (admin, _) = scene.with_role("root", "admin").await?;
    let (support, _) = scene.with_role("help", "support").await?;
    let weak = scene.target.signed_up("weak").await?;
    scene.give(&weak.person, "admin").await;
    for route in routes(&stranger).await? {
        route.refuses(&stranger, "unauthenticated").await?;
        route.refuses(&forged, "unauthenticated").await?;
        route.refuses(&user.client, "forbidden").await?;
        route.refuses(&weak.client, "factor_required").await?;
        route.lets_in(&admin.client).await?;
        let Some(permission) = route.permission.as_deref() else {
            route.lets_in(&support.client).await?;
            continue;
        };
        match SUPPORT.contains(&permission) {
            true => route.lets_in(&support.client).await?,
            false => route.refuses(&support.client, "forbidden").await?,
        }
    }
    // A key for each permission is let in there, and nowhere else.
    let routes = routes(&stranger).await?;
    let named: BTreeSet<_> = routes
        .iter()
        .filter_map(|it| it.permission.as_deref())
        .collect();
    for scope in FOR_KEYS {
        let program = scene.key(&[scope]).await?;
        let others = named.iter().filter(|one| **one != scope);
        for permission in others.copied().chain([scope]) {
            let is_it = |route: &&Route| route.permission.as_deref() == Some(permission);
            for route in routes.iter().filter(is_it) {
                match permission == scope {
                    true => route.lets_in(&program).await?,
                    false => route.refuses(&program, "forbidden").await?,
                }
            }
        }
        let me = get(&program, "/me").await?.ok()?;
        ensure!(me.json()["permissions"] == json!([scope]), "{me}");
    }
    Ok(())
}

async fn what_is_grave_wants_a_recent_second_factor(on: Deployment) -> Result<()> {
    // Nothing is recent.
    let scene = Scene::start(on, |launch| launch.flag("--reauth-within", "0s")).await?;
    let (root, _) = scene.with_role("root", "admin").await?;
    let client = root.client;
    let grave = [
        "users:delete",
        "users:export",
        "roles:write",
        "api_keys:write",
        "webhooks:write",
    ];
    for route in routes(&client).await? {
        let permission = route.permission.as_deref().unwrap_or_default();
        match grave.contains(&permission) {
            true => route.refuses(&client, "factor_required").await?,
            false => route.lets_in(&client).await?,
        }
    }
    Ok(())
}

async fn powers_hold_from_one_request_to_the_next(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let (root, _) = scene.with_role("root", "admin").await?;
    let (help, _) = scene.with_role("help", "support").await?;
    let path = format!("/users/{}", help.id);
    for (role, status) in [
        ("none", 403),
        ("support", 200),
        ("none", 403),
        ("admin", 200),
    ] {
        put(
            &root.client,
            &format!("{path}/role"),
            &json!({ "role": role }),
        )
        .await?
        .ok()?;
        get(&help.client, "/users").await?.is(status)?;
    }
    post(&root.client, &format!("{path}/disable"), &json!({}))
        .await?
        .ok()?;
    get(&help.client, "/users").await?.unauthenticated()?;
    post(&root.client, &format!("{path}/enable"), &json!({}))
        .await?
        .ok()?;
    get(&help.client, "/users").await?.unauthenticated()?;
    Ok(())
}

async fn nobody_raises_themselves_and_the_last_admin_stays(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let (root, _) = scene.with_role("root", "admin").await?;
    let (help, _) = scene.with_role("help", "support").await?;
    let own = |account: &Account| format!("/users/{}/role", account.id);
    let admin = json!({ "role": "admin" });
    put(&help.client, &own(&help), &admin)
        .await?
        .refused(403, "forbidden")?;
    for role in ["support", "none", "admin"] {
        put(&root.client, &own(&root), &json!({ "role": role }))
            .await?
            .refused(403, "forbidden")?;
    }
    let told = scene.on.trail("admin_refused").await?;
    let by_root = format!("user:{}", root.id);
    ensure!(
        told.iter().any(|line| line["actor"] == *by_root),
        "{told:?}"
    );
    // Whoever asks: the API, the owner, or somebody at the machine.
    let account = format!("/users/{}", root.id);
    delete(&root.client, &account)
        .await?
        .refused(409, "last_admin")?;
    post(&root.client, &format!("{account}/disable"), &json!({}))
        .await?
        .refused(409, "last_admin")?;
    root.client
        .delete_profile(Some(&root.person.password))
        .await?
        .refused(409, "last_admin")?;
    let name = root.person.username.as_str();
    for words in [
        ["user", "role", name, "none"],
        ["user", "delete", name, "--yes"],
    ] {
        let ended = scene.on.authctl_ends(&words).await;
        ensure!(!ended.status.success(), "{words:?}");
        let said = ended.output.tail();
        ensure!(said.contains("the last admin"), "{said}");
    }
    // With another one it may go.
    put(&root.client, &own(&help), &admin).await?.ok()?;
    delete(&help.client, &account).await?.ok()?;
    root.client.profile().await?.unauthenticated()?;
    Ok(())
}
