//! An app that embeds authentication, and what of it stays its own.

use std::net::TcpListener;
use std::path::Path;

use actix_web::dev::ServerHandle;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};
use auth_core::Password;
use comprehensive_auth::{
    AccountForm, Actor, Auth, AuthBuilder, CurrentUser, Jwt, OptionalUser, RecentlyAuthenticated,
};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A host that runs, on a port of its own.
pub(crate) struct Host {
    pub(crate) url: String,
    pub(crate) auth: Auth,
    server: ServerHandle,
    _dir: TempDir,
}

impl Drop for Host {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

async fn mine(user: CurrentUser) -> String {
    format!("of {}", user.username)
}

async fn anybody(OptionalUser(user): OptionalUser) -> String {
    user.map_or("nobody".into(), |user| user.username.to_string())
}

async fn maybe(user: Option<CurrentUser>) -> String {
    user.map_or("nobody".into(), |user| user.username.to_string())
}

async fn delicate(user: RecentlyAuthenticated) -> String {
    format!("delicate: {}", user.username)
}

async fn nothing_here() -> HttpResponse {
    HttpResponse::NotFound().body("the host has no such page")
}

/// The routes of the host itself.
fn own_routes(app: &mut ServiceConfig) {
    app.route("/anybody", web::get().to(anybody))
        .route("/maybe", web::get().to(maybe))
        .route("/delicate", web::get().to(delicate))
        .default_service(web::to(nothing_here));
}

/// A cheap price of a password, which these tests are not about.
pub(crate) fn builder(dir: &Path, url: &str) -> AuthBuilder {
    Auth::builder()
        .database(&format!("sqlite:{}", dir.join("app.db").display()))
        .public_url(url)
        .configure(|config| config.hashing.cost = "m=64,t=1,p=1".parse().unwrap())
}

impl Host {
    /// Runs a host, whose authentication is what `set` makes of a builder.
    pub(crate) async fn with(set: impl FnOnce(AuthBuilder, &Path) -> AuthBuilder) -> Self {
        let dir = TempDir::new().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("http://localhost:{port}");
        let auth = set(builder(dir.path(), &url), dir.path());
        let auth = auth.build().await.unwrap();
        let shared = auth.clone();
        let app = move || {
            let orders = web::scope("/orders")
                .wrap(shared.guard())
                .route("", web::get().to(mine))
                .route("", web::post().to(mine));
            App::new()
                .configure(shared.routes("/api/auth"))
                .configure(shared.well_known())
                .service(orders)
                .configure(own_routes)
        };
        let server = HttpServer::new(app).workers(1).disable_signals();
        let server = server.listen(listener).unwrap().run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            url,
            auth,
            server: handle,
            _dir: dir,
        }
    }

    pub(crate) async fn new() -> Self {
        Self::with(|auth, _| auth).await
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// An account, and its owner's browser, which is signed in.
    pub(crate) async fn signed_in(&self) -> (Client, Value) {
        let form = AccountForm {
            first_name: "Ada".into(),
            last_name: "Lovelace".into(),
            username: "ada".into(),
            email: "ada@example.org".into(),
            email_verified: true,
        };
        let admin = self.auth.admin();
        let actor = Actor::Operator {
            tool: "test",
            name: "test".into(),
        };
        let draft = admin.draft(&form).unwrap();
        let password = Password::new("correct horse battery");
        let draft = admin.with_password(draft, &password).await.unwrap();
        admin.create(&actor, draft).await.unwrap();
        let client = browser();
        let sent = json!({"identifier": "ada", "password": "correct horse battery"});
        let login = client.post(self.at("/api/auth/login")).json(&sent);
        let answer = login.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        (client, answer.json().await.unwrap())
    }
}

pub(crate) fn browser() -> Client {
    Client::builder().cookie_store(true).build().unwrap()
}

async fn get(client: &Client, url: String) -> Response {
    client.get(url).send().await.unwrap()
}

/// What our own answers carry and a host's must not get by us.
const OURS: [&str; 4] = [
    "content-security-policy",
    "strict-transport-security",
    "x-request-id",
    "cross-origin-resource-policy",
];

#[actix_web::test]
async fn the_hosts_routes_headers_and_errors_stay_its_own() {
    let host = Host::new().await;
    let client = browser();
    for (path, status, body) in [
        ("/anybody", 200, "nobody"),
        ("/nowhere", 404, "the host has no such page"),
        ("/health", 404, "the host has no such page"),
        ("/openapi.json", 404, "the host has no such page"),
        ("/docs/", 404, "the host has no such page"),
        ("/.well-known/jwks.json", 404, "the host has no such page"),
    ] {
        let answer = get(&client, host.at(path)).await;
        assert_eq!(answer.status(), status, "{path}");
        for name in OURS {
            assert!(!answer.headers().contains_key(name), "{path}: {name}");
        }
        assert_eq!(answer.text().await.unwrap(), body, "{path}");
    }
}

#[actix_web::test]
async fn everything_of_ours_is_under_one_path() {
    let host = Host::new().await;
    let client = browser();
    for path in [
        "/strategy",
        "/health/live",
        "/health/ready",
        "/openapi.json",
        "/docs/",
    ] {
        let answer = get(&client, host.at(&format!("/api/auth{path}"))).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert!(answer.headers().contains_key("x-request-id"), "{path}");
        assert!(
            answer.headers().contains_key("content-security-policy"),
            "{path}"
        );
    }
    let lost = get(&client, host.at("/api/auth/nowhere")).await;
    assert_eq!(lost.status(), StatusCode::NOT_FOUND);
    assert!(lost.headers().contains_key("x-request-id"));
    let problem: Value = lost.json().await.unwrap();
    assert_eq!(problem["code"], "not_found");

    let described = get(&client, host.at("/api/auth/openapi.json")).await;
    let described: Value = described.json().await.unwrap();
    let paths: Vec<_> = described["paths"].as_object().unwrap().keys().collect();
    assert!(paths.len() > 15, "{paths:?}");
    assert!(
        paths.iter().all(|path| path.starts_with("/api/auth/")),
        "{paths:?}"
    );
    let initializer = get(&client, host.at("/api/auth/docs/swagger-initializer.js")).await;
    let initializer = initializer.text().await.unwrap();
    assert!(
        initializer.contains("/api/auth/openapi.json"),
        "{initializer}"
    );
}

#[actix_web::test]
async fn tls_for_the_whole_host_is_the_hosts_to_demand() {
    let dir = TempDir::new().unwrap();
    let auth = builder(dir.path(), "https://app.example.org")
        .mailer(std::sync::Arc::new(crate::starts::Nowhere));
    let auth = auth.build().await.unwrap();
    let app = App::new().configure(auth.routes("/api/auth"));
    let app = actix_web::test::init_service(app).await;
    let ask = actix_web::test::TestRequest::get().uri("/api/auth/strategy");
    let answer = actix_web::test::call_service(&app, ask.to_request()).await;
    assert!(answer.headers().contains_key("content-security-policy"));
    assert!(!answer.headers().contains_key("strict-transport-security"));
}

#[actix_web::test]
async fn the_host_learns_who_sends_a_request() {
    let host = Host::new().await;
    let (client, grant) = host.signed_in().await;
    assert_eq!(grant["user"]["username"], "ada");
    for (path, body) in [
        ("/orders", "of ada"),
        ("/anybody", "ada"),
        ("/maybe", "ada"),
        ("/delicate", "delicate: ada"),
    ] {
        let answer = get(&client, host.at(path)).await;
        assert_eq!(answer.text().await.unwrap(), body, "{path}");
    }
    let stranger = get(&browser(), host.at("/orders")).await;
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        stranger.headers()["www-authenticate"],
        "Cookie realm=\"auth\""
    );
    let problem: Value = stranger.json().await.unwrap();
    assert_eq!(problem["code"], "unauthenticated");

    let logout = client.post(host.at("/api/auth/logout")).send().await;
    assert_eq!(logout.unwrap().status(), StatusCode::OK);
    let gone = get(&client, host.at("/orders")).await;
    assert_eq!(gone.status(), StatusCode::UNAUTHORIZED);
    let nobody = get(&client, host.at("/anybody")).await;
    assert_eq!(nobody.text().await.unwrap(), "nobody");
}

#[actix_web::test]
async fn an_old_sign_in_is_not_enough_for_what_is_delicate() {
    let host = Host::with(|auth, _| {
        auth.configure(|config| config.accounts.reauth_within = std::time::Duration::ZERO)
    });
    let host = host.await;
    let (client, _) = host.signed_in().await;
    let answer = get(&client, host.at("/delicate")).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "reauth_required");
}

#[actix_web::test]
async fn pages_of_other_sites_cant_write_by_somebodys_cookie() {
    let host = Host::new().await;
    let (client, _) = host.signed_in().await;
    let post = |site: &str, origin: &str| {
        let post = client.post(host.at("/orders"));
        post.header("sec-fetch-site", site).header("origin", origin)
    };
    let foreign = post("cross-site", "https://evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    let problem: Value = foreign.json().await.unwrap();
    assert_eq!(problem["code"], "cross_origin");
    let own = post("same-origin", &host.url).send().await.unwrap();
    assert_eq!(own.text().await.unwrap(), "of ada");
    let read = client
        .get(host.at("/orders"))
        .header("sec-fetch-site", "cross-site");
    assert_eq!(read.send().await.unwrap().status(), StatusCode::OK);
}

#[actix_web::test]
async fn a_write_names_whom_it_is_for() {
    let host = Host::new().await;
    let (client, grant) = host.signed_in().await;
    let post = |id: &str| client.post(host.at("/orders")).header("if-user", id);
    let id = grant["user"]["id"].as_str().unwrap();
    let own = post(id).send().await.unwrap();
    assert_eq!(own.status(), StatusCode::OK);
    let other = post("01890000-0000-7000-8000-000000000000").send().await;
    assert_eq!(other.unwrap().status(), StatusCode::PRECONDITION_FAILED);
}

#[actix_web::test]
async fn tokens_are_taken_by_the_hosts_routes_and_verified_by_others() {
    let host = Host::with(|auth, dir| auth.strategy(Jwt::with_keys_in(dir.join("keys"))));
    let host = host.await;
    let (client, grant) = host.signed_in().await;
    let token = grant["access_token"].as_str().unwrap();
    let answer = client.post(host.at("/orders")).bearer_auth(token);
    let answer = answer.header("sec-fetch-site", "cross-site").send().await;
    assert_eq!(answer.unwrap().text().await.unwrap(), "of ada");
    let bare = client.get(host.at("/orders")).send().await.unwrap();
    assert_eq!(bare.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(bare.headers()["www-authenticate"], "Bearer realm=\"auth\"");
    let keys = get(&client, host.at("/.well-known/jwks.json")).await;
    let keys: Value = keys.json().await.unwrap();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
    let issuer = get(&client, host.at("/.well-known/openid-configuration")).await;
    let issuer: Value = issuer.json().await.unwrap();
    assert_eq!(issuer["issuer"], host.url);
}

#[actix_web::test]
async fn a_host_without_our_routes_fails_and_lets_nobody_in() {
    let app = App::new()
        .route("/orders", web::get().to(mine))
        .route("/anybody", web::get().to(anybody));
    let app = actix_web::test::init_service(app).await;
    for path in ["/orders", "/anybody"] {
        let ask = actix_web::test::TestRequest::get().uri(path).to_request();
        let answer = actix_web::test::call_service(&app, ask).await;
        assert_eq!(answer.status(), 500, "{path}");
    }
}
