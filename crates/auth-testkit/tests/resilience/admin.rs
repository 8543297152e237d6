//! The admin API: who may call what, and what comes of it.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result, ensure};
use auth_testkit::Target;
use auth_testkit::account::Person;
use auth_testkit::authenticator::Added;
use auth_testkit::process::{Launch, Program, ServerProcess};
use auth_testkit::target::Account;
use auth_testkit::{Client, Reply};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::deployment::{Deployment, eventually};
use crate::on;
use crate::startup::{plain, refuses};

on! {
    each_route_is_for_whom_its_table_says: session_on_sqlite, jwt_on_sqlite, oauth_jwt_on_sqlite;
    what_is_grave_wants_a_recent_second_factor: session_on_sqlite;
    powers_hold_from_one_request_to_the_next: session_on_sqlite, jwt_on_sqlite;
    nobody_raises_themselves_and_the_last_admin_stays: session_on_sqlite;
    a_key_works_until_it_is_over: session_on_sqlite, jwt_on_sqlite;
    a_key_goes_with_the_powers_of_its_maker: session_on_sqlite;
    accounts_are_administered_and_that_is_told: session_on_sqlite, jwt_on_services;
    accounts_are_found_page_by_page: session_on_sqlite;
    a_person_gets_all_that_is_kept: session_on_sqlite;
    the_server_shows_what_it_is_and_no_secret: session_on_sqlite, jwt_on_sqlite;
    pages_of_elsewhere_do_nothing_there: session_on_sqlite;
}

/// A server with an admin API, and people who may use it.
pub(crate) struct Scene {
    pub(crate) on: Deployment,
    pub(crate) server: ServerProcess,
    /// The contract on the listener of the admin API.
    pub(crate) target: Target,
}

impl Scene {
    pub(crate) async fn start(
        on: Deployment,
        launch: impl FnOnce(Launch) -> Launch,
    ) -> Result<Self> {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, test_services::free_port()?));
        let launch = launch(on.launch()).flag("--admin-bind", at);
        let server = ServerProcess::start(launch).await?;
        let target = on.target_at(format!("http://{at}/api/auth").parse()?);
        Ok(Self { on, server, target })
    }

    /// Somebody with an authenticator app, and with a role.
    async fn with_role(&self, name: &str, role: &str) -> Result<(Account, Added)> {
        let (account, added) = self.target.with_app(name).await?;
        self.give(&account.person, role).await;
        Ok((account, added))
    }

    async fn give(&self, person: &Person, role: &str) {
        let name = &person.username;
        self.on.authctl(&["user", "role", name, role]).await;
    }

    /// A key with these scopes, as authctl makes one.
    pub(crate) async fn key(&self, scopes: &[&str]) -> Result<Client> {
        let scopes = scopes.join(",");
        let words = ["api-key", "create", "program", "--scope", &scopes];
        let words = [&words[..], &["--lifetime", "1h", "--json"]].concat();
        let made = self.on.authctl(&words).await;
        let made: Value = serde_json::from_str(&made.output.out().concat())?;
        self.program(made["key"].as_str().context("no key")?).await
    }

    /// A program that presents this.
    async fn program(&self, key: &str) -> Result<Client> {
        let client = self.target.client().await?;
        Ok(client.named(&format!("key {key}")))
    }

    fn log(&self) -> String {
        self.server.output().out().concat()
    }
}

/// Calls the admin API; a program is known by what it calls itself.
pub(crate) async fn ask(
    client: &Client,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Result<Reply> {
    let mut call = client.call(method, &format!("^/api/admin{path}"));
    if let Some(key) = client.user_agent().strip_prefix("key ") {
        call = call
            .anonymous()
            .header("authorization", &format!("Bearer {key}"));
    }
    match body {
        Some(body) => call.json(body).send().await,
        None => call.send().await,
    }
}

pub(crate) async fn get(client: &Client, path: &str) -> Result<Reply> {
    ask(client, Method::GET, path, None).await
}

pub(crate) async fn post(client: &Client, path: &str, body: &Value) -> Result<Reply> {
    ask(client, Method::POST, path, Some(body)).await
}

async fn put(client: &Client, path: &str, body: &Value) -> Result<Reply> {
    ask(client, Method::PUT, path, Some(body)).await
}

async fn delete(client: &Client, path: &str) -> Result<Reply> {
    ask(client, Method::DELETE, path, None).await
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
    ensure!(routes.len() >= 32, "{routes:?}");
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

/// A key that an admin makes, its program and its id.
async fn made(scene: &Scene, by: &Client, body: &Value) -> Result<(Client, String)> {
    let made = post(by, "/api-keys", body).await?.is(201)?;
    let program = scene.program(&made.string("/key")?).await?;
    Ok((program, made.string("/api_key/id")?))
}

async fn a_key_works_until_it_is_over(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let (root, _) = scene.with_role("root", "admin").await?;
    let body = json!({ "name": "a program", "scopes": ["users:read"], "expires_in": 3600 });
    let (program, id) = made(&scene, &root.client, &body).await?;
    get(&program, "/users").await?.ok()?;
    let listed = get(&root.client, "/api-keys").await?.ok()?;
    let key = &listed.json()["api_keys"][0];
    ensure!(
        key["id"] == *id && key["last_used_at"].is_string(),
        "{listed}"
    );
    ensure!(!listed.text().contains("cak_"), "{listed}");
    delete(&root.client, &format!("/api-keys/{id}"))
        .await?
        .ok()?;
    get(&program, "/users").await?.unauthenticated()?;
    let brief = json!({ "name": "a program", "scopes": ["users:read"], "expires_in": 1 });
    let (program, _) = made(&scene, &root.client, &brief).await?;
    eventually("the end of a key", async || {
        let reply = get(&program, "/users").await.unwrap();
        reply.status.as_u16() == 401
    })
    .await;
    for (field, wrong) in [
        (
            "name",
            json!({ "scopes": ["users:read"], "expires_in": 60 }),
        ),
        (
            "scopes",
            json!({ "name": "x", "scopes": [], "expires_in": 60 }),
        ),
        (
            "scopes",
            json!({ "name": "x", "scopes": ["roles:write"], "expires_in": 60 }),
        ),
        (
            "scopes",
            json!({ "name": "x", "scopes": ["users"], "expires_in": 60 }),
        ),
        (
            "expires_in",
            json!({ "name": "x", "scopes": ["users:read"] }),
        ),
        (
            "expires_in",
            json!({ "name": "x", "scopes": ["users:read"], "expires_in": 31622401 }),
        ),
    ] {
        let reply = post(&root.client, "/api-keys", &wrong).await?;
        ensure!(
            reply.field_errors().iter().any(|(one, _)| *one == field),
            "{reply}"
        );
    }
    Ok(())
}

async fn a_key_goes_with_the_powers_of_its_maker(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let (root, _) = scene.with_role("root", "admin").await?;
    let by_tool = scene.key(&["users:read"]).await?;
    let body = json!({ "name": "a program", "scopes": ["users:read"], "expires_in": 3600 });
    for (name, end) in [("one", "role"), ("two", "disable"), ("three", "delete")] {
        let (maker, _) = scene.with_role(name, "admin").await?;
        let (program, _) = made(&scene, &maker.client, &body).await?;
        get(&program, "/users").await?.ok()?;
        let path = format!("/users/{}", maker.id);
        let role = format!("{path}/role");
        match end {
            "role" => put(&root.client, &role, &json!({ "role": "support" })).await?,
            "disable" => post(&root.client, &format!("{path}/disable"), &json!({})).await?,
            _ => delete(&root.client, &path).await?,
        }
        .ok()?;
        get(&program, "/users").await?.unauthenticated()?;
        if end == "role" {
            // It does not come back with the role.
            put(&root.client, &role, &json!({ "role": "admin" }))
                .await?
                .ok()?;
            get(&program, "/users").await?.unauthenticated()?;
        }
    }
    get(&by_tool, "/users").await?.ok()?;
    Ok(())
}

async fn accounts_are_administered_and_that_is_told(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch.flag("--log", "json")).await?;
    let (root, _) = scene.with_role("root", "admin").await?;
    let admin = &root.client;
    let new = json!({
        "first_name": "Eve", "username": "eve", "email": "eve@example.org",
        "email_verified": true, "password": "Analytical-Engine 1843",
    });
    let eve = post(admin, "/users", &new)
        .await?
        .is(201)?
        .string("/user/id")?;
    let client = scene.target.client().await?;
    client.login("eve", "Analytical-Engine 1843").await?.ok()?;
    let invited = json!({ "first_name": "Bob", "username": "bobby", "email": "bob@example.org" });
    let mut inbox = scene.target.inbox("bob@example.org").await?;
    post(admin, "/users", &invited).await?.is(201)?;
    inbox.token().await?;
    post(admin, "/users", &invited)
        .await?
        .refused(409, "username_taken")?;

    everything_is_done_with(&scene, admin, &eve, &client).await?;
    it_is_in_the_trail(admin, &eve, &format!("user:{}", root.id)).await?;
    it_is_told(&scene.log(), &format!("user:{}", root.id))
}

/// Everything that may be done with an account, which is gone by the end.
async fn everything_is_done_with(
    scene: &Scene,
    admin: &Client,
    eve: &str,
    client: &Client,
) -> Result<()> {
    let path = format!("/users/{eve}");
    let patch = json!({ "first_name": "Eva" });
    let changed = ask(admin, Method::PATCH, &path, Some(&patch)).await?.ok()?;
    ensure!(changed.json()["user"]["first_name"] == "Eva", "{changed}");
    let shown = get(admin, &path).await?.ok()?;
    ensure!(shown.json() == changed.json(), "{shown}");
    let devices = get(admin, &format!("{path}/sessions")).await?.ok()?;
    let device = devices.string("/sessions/0/id")?;
    let device = format!("{path}/sessions/{device}");
    delete(admin, &device).await?.ok()?;
    delete(admin, &device).await?.refused(404, "not_found")?;
    scene.target.signed_out(client).await?;
    for (below, status) in [("unlock", 200), ("reset-password", 202), ("sign-out", 200)] {
        post(admin, &format!("{path}/{below}"), &json!({}))
            .await?
            .is(status)?;
    }
    let wanted = json!({ "required": true });
    let required = put(admin, &format!("{path}/factors/required"), &wanted).await?;
    ensure!(required.ok()?.json()["required"] == true);
    for below in ["factors", "identities"] {
        get(admin, &format!("{path}/{below}")).await?.ok()?;
    }
    post(admin, &format!("{path}/factors/reset"), &json!({}))
        .await?
        .refused(404, "not_found")?;
    for below in ["disable", "enable"] {
        post(admin, &format!("{path}/{below}"), &json!({}))
            .await?
            .ok()?;
    }
    get(admin, &format!("{path}/export")).await?.ok()?;
    get(admin, "/users?search=ev").await?.ok()?;
    delete(admin, &path).await?.ok()?;
    get(admin, &path).await?.refused(404, "not_found")?;
    Ok(())
}

/// The last thing that was done is the first that the audit trail shows, with who asked for it.
async fn it_is_in_the_trail(admin: &Client, user: &str, actor: &str) -> Result<()> {
    let first = get(admin, &format!("/audit?user={user}&limit=1"))
        .await?
        .ok()?;
    let event = &first.json()["events"][0];
    ensure!(event["event"] == "admin_account_deleted", "{first}");
    ensure!(
        event["actor"] == actor && event["outcome"] == "success",
        "{first}"
    );
    ensure!(
        event["ip"].is_string() && event["request_id"].is_string(),
        "{first}"
    );
    let next = first.string("/next")?;
    let second = format!("/audit?user={user}&limit=200&cursor={next}");
    let second = get(admin, &second).await?.ok()?;
    ensure!(second.json()["next"].is_null(), "{second}");
    let names = second.json().to_string();
    for name in ["admin_account_created", "signed_in", "admin_looked"] {
        ensure!(names.contains(name), "{name}: {second}");
    }
    get(admin, "/audit?since=yesterday")
        .await?
        .refused(400, "invalid_request")?;
    Ok(())
}

/// Each of these things is told once, with who did it.
fn it_is_told(log: &str, actor: &str) -> Result<()> {
    for event in [
        "admin_account_created",
        "admin_account_invited",
        "admin_profile_changed",
        "admin_device_signed_out",
        "admin_account_unlocked",
        "admin_reset_requested",
        "admin_signed_out",
        "admin_factor_requirement",
        "admin_account_disabled",
        "admin_account_enabled",
        "admin_person_exported",
        "admin_account_deleted",
    ] {
        let name = format!("\"event\":\"{event}\"");
        let mut lines = log.lines().filter(|line| line.contains(&name));
        let line = lines
            .next()
            .with_context(|| format!("{event} is not told"))?;
        ensure!(line.contains(actor), "{line}");
        ensure!(lines.next().is_none(), "{event} is told twice");
    }
    for at in ["account", "accounts", "devices", "factors", "identities"] {
        let name = format!("\"at\":\"{at}\"");
        let told = log
            .lines()
            .filter(|line| line.contains("admin_looked") && line.contains(&name));
        ensure!(told.count() == 1, "{at}");
    }
    Ok(())
}

async fn accounts_are_found_page_by_page(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let program = scene.key(&["users:read", "users:write"]).await?;
    for (name, email) in [
        ("adam", "zed@example.org"),
        ("adele", "adele@example.org"),
        ("bob", "ADA@example.org"),
        ("carol", "adam@example.org"),
        ("dave", "dave@example.org"),
    ] {
        let new = json!({ "first_name": "X", "username": name, "email": email });
        post(&program, "/users", &new).await?.is(201)?;
    }
    let (mut found, mut cursor) = (vec![], String::new());
    loop {
        let page = get(&program, &format!("/users?search=Ad&limit=1{cursor}"))
            .await?
            .ok()?;
        let users = page.json()["users"].as_array().context("no users")?;
        ensure!(users.len() <= 1, "{page}");
        found.extend(users.iter().map(|user| user["username"].to_string()));
        let Some(next) = page.json()["next"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    // By username first, then those by address who were not among them.
    ensure!(
        found == ["\"adam\"", "\"adele\"", "\"bob\"", "\"carol\""],
        "{found:?}"
    );
    let all = get(&program, "/users").await?.ok()?;
    ensure!(
        all.json()["users"]
            .as_array()
            .is_some_and(|users| users.len() == 5),
        "{all}"
    );
    let by_address = get(&program, "/users?search=zed%40").await?.ok()?;
    ensure!(
        by_address.json()["users"][0]["username"] == "adam",
        "{by_address}"
    );
    for wrong in [
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=x",
        "role=owner",
        "sort=name",
    ] {
        let reply = get(&program, &format!("/users?{wrong}")).await?;
        reply.refused(400, "invalid_request")?;
    }
    Ok(())
}

async fn a_person_gets_all_that_is_kept(on: Deployment) -> Result<()> {
    let scene = Scene::start(on, |launch| launch).await?;
    let (ada, added) = scene.target.with_app("ada").await?;
    let program = scene.key(&["users:export"]).await?;
    let export = get(&program, &format!("/users/{}/export", ada.id))
        .await?
        .ok()?;
    let document = export.json();
    ensure!(
        document["account"]["email"] == *ada.person.email,
        "{export}"
    );
    ensure!(document["sessions"][0]["id"] == *ada.session, "{export}");
    ensure!(
        document["factors"]["factors"][0]["id"] == *added.id,
        "{export}"
    );
    for kept in ["identities", "mails", "sign_ups"] {
        ensure!(document[kept].is_array(), "{export}");
    }
    for secret in ["argon2", "$"] {
        ensure!(!export.text().contains(secret), "{export}");
    }
    Ok(())
}

async fn the_server_shows_what_it_is_and_no_secret(on: Deployment) -> Result<()> {
    let has_keys = !on.is_session();
    let scene = Scene::start(on, |launch| {
        let mail = "smtps://ada:hunter2@mail.example.org";
        launch
            .flag("--mail", mail)
            .flag("--mail-from", "ada@example.org")
    })
    .await?;
    let program = scene.key(&["system:read", "users:write"]).await?;
    let settings = get(&program, "/settings").await?.ok()?;
    ensure!(!settings.text().contains("hunter2"), "{settings}");
    let named = settings.json()["settings"]
        .as_array()
        .context("no settings")?;
    let is_bind = |one: &&Value| one["name"] == "admin-bind" && one["source"] == "flag";
    ensure!(named.iter().any(|one| is_bind(&one)), "{settings}");
    let health = get(&program, "/health").await?.ok()?;
    for part in ["database", "mail_queue", "hash_queue", "leases"] {
        ensure!(health.json()["parts"][part] == "ok", "{health}");
    }
    let keys = get(&program, "/keys").await?;
    match has_keys {
        true => {
            let keys = keys.ok()?;
            ensure!(keys.json()["keys"][0]["alg"] == "EdDSA", "{keys}");
        }
        false => _ = keys.refused(404, "not_found")?,
    }
    let before = get(&program, "/sessions").await?.ok()?;
    let password = "Analytical-Engine 1843";
    let ada = json!({
        "first_name": "Ada", "username": "ada", "email": "ada@example.org",
        "email_verified": true, "password": password,
    });
    post(&program, "/users", &ada).await?.is(201)?;
    let client = scene.target.client().await?;
    client.login("ada", password).await?.ok()?;
    let after = get(&program, "/sessions").await?.ok()?;
    let total = |reply: &Reply| reply.json()["total"].as_u64().unwrap_or_default();
    ensure!(total(&after) == total(&before) + 1, "{after}");
    Ok(())
}

async fn pages_of_elsewhere_do_nothing_there(on: Deployment) -> Result<()> {
    let trusted = "https://app.example.org";
    let scene = Scene::start(on, |launch| launch.flag("--trusted-origin", trusted)).await?;
    let (root, _) = scene.with_role("root", "admin").await?;
    let main = scene.server.url()?.origin().ascii_serialization();
    // Not even those that the contract trusts.
    for origin in [trusted, main.as_str(), "https://evil.example"] {
        let call = root.client.call(Method::POST, "^/api/admin/users");
        let call = call
            .header("origin", origin)
            .header("sec-fetch-site", "same-site");
        let reply = call.json(&json!({})).send().await?;
        reply.refused(403, "cross_origin")?;
        let call = root.client.call(Method::GET, "^/api/admin/users");
        let reply = call.header("origin", origin).send().await?;
        ensure!(
            reply.header("access-control-allow-origin").is_none(),
            "{reply}"
        );
    }
    // And the listener of the contract knows no such routes.
    let client = scene.on.target(&scene.server).client().await?;
    get(&client, "/me").await?.refused(404, "not_found")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_can_not_be_is_named() {
    let data = TempDir::new().unwrap();
    let launch = || plain(Program::SessionServer, data.path());
    refuses("--admin-bind", launch().flag("--admin-bind", "localhost")).await;
    let alone = launch().flag("--admin-url", "http://localhost:4009");
    refuses("--admin-url", alone).await;
}
