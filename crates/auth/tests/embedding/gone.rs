//! Clients that go away before they are answered.

use std::future::{Future as _, poll_fn};
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use actix_http::Request;
use actix_web::App;
use actix_web::body::MessageBody;
use actix_web::cookie::Cookie;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, call_service, init_service};
use auth_core::Password;
use comprehensive_auth::{AccountForm, Actor, Auth, Event, EventSink};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::host::builder;

const PASSWORD: &str = "correct horse battery";
const NEW_PASSWORD: &str = "correct horse battery staple";

struct HandOn(UnboundedSender<&'static str>);

impl EventSink for HandOn {
    fn hear(&self, event: &Event) {
        // The test may be over.
        let _ = self.0.send(event.kind.name());
    }
}

async fn app(dir: &Path) -> (Auth, UnboundedReceiver<&'static str>) {
    let (sender, events) = unbounded_channel();
    let auth = builder(dir, "http://localhost:8080").on_events(Arc::new(HandOn(sender)));
    (auth.build().await.unwrap(), events)
}

fn request(method: Method, path: &str, body: &Value, cookie: Option<&Cookie<'static>>) -> Request {
    let request = TestRequest::with_uri(&format!("/api/auth{path}"))
        .method(method)
        .peer_addr(SocketAddr::from(([127, 0, 0, 1], 40_000)))
        .set_json(body);
    match cookie {
        Some(cookie) => request.cookie(cookie.clone()).to_request(),
        None => request.to_request(),
    }
}

/// Sends a request and goes away as soon as it is being worked on, as a closed connection
/// does: what was to answer it is dropped.
async fn go_away<B: MessageBody>(
    app: &impl Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    request: Request,
) {
    let mut call = pin!(app.call(request));
    let waits = poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx).is_pending())).await;
    assert!(waits, "it was answered at once");
}

async fn hear(events: &mut UnboundedReceiver<&'static str>, expected: &str) {
    let heard = async { while events.recv().await.unwrap() != expected {} };
    let heard = timeout(Duration::from_secs(20), heard).await;
    heard.unwrap_or_else(|_| panic!("{expected} never happened"));
}

async fn make_ada(auth: &Auth) {
    let form = AccountForm {
        first_name: "Ada".into(),
        last_name: "Lovelace".into(),
        username: "ada".into(),
        email: "ada@example.org".into(),
        email_verified: true,
    };
    let admin = auth.admin();
    let (tool, name) = ("test", "test".into());
    let actor = Actor::Operator { tool, name };
    let draft = admin.draft(&form).unwrap();
    let password = Password::new(PASSWORD);
    let draft = admin.with_password(draft, &password).await.unwrap();
    admin.create(&actor, draft).await.unwrap();
}

/// The answer to a sign-in, and the session cookie.
async fn log_in<B: MessageBody>(
    app: &impl Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    password: &str,
) -> (StatusCode, Option<Cookie<'static>>) {
    let form = json!({"identifier": "ada", "password": password});
    let answer = call_service(app, request(Method::POST, "/login", &form, None)).await;
    let mut cookies = answer.response().cookies();
    let cookie = cookies.find(|cookie| cookie.name() == "session-8080");
    (answer.status(), cookie.map(Cookie::into_owned))
}

#[actix_web::test]
async fn a_registration_is_finished_although_the_client_went_away() {
    let dir = TempDir::new().unwrap();
    let (auth, mut events) = app(dir.path()).await;
    let app = init_service(App::new().configure(auth.routes("/api/auth"))).await;
    let form = json!({
        "first_name": "Ada",
        "last_name": "Lovelace",
        "username": "ada",
        "email": "ada@example.org",
        "password": NEW_PASSWORD,
    });
    go_away(&app, request(Method::POST, "/register", &form, None)).await;
    hear(&mut events, "signed_up").await;
    let (status, _) = log_in(&app, NEW_PASSWORD).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "it waits for its address");
}

#[actix_web::test]
async fn a_password_is_changed_although_the_client_went_away() {
    let dir = TempDir::new().unwrap();
    let (auth, mut events) = app(dir.path()).await;
    let app = init_service(App::new().configure(auth.routes("/api/auth"))).await;
    make_ada(&auth).await;
    let (_, cookie) = log_in(&app, PASSWORD).await;
    let form = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
    let change = request(Method::POST, "/password/change", &form, cookie.as_ref());
    go_away(&app, change).await;
    hear(&mut events, "password_changed").await;
    assert_eq!(log_in(&app, PASSWORD).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(log_in(&app, NEW_PASSWORD).await.0, StatusCode::OK);
}

#[actix_web::test]
async fn an_account_is_deleted_although_the_client_went_away() {
    let dir = TempDir::new().unwrap();
    let (auth, mut events) = app(dir.path()).await;
    let app = init_service(App::new().configure(auth.routes("/api/auth"))).await;
    make_ada(&auth).await;
    let (_, cookie) = log_in(&app, PASSWORD).await;
    let form = json!({"current_password": PASSWORD});
    go_away(
        &app,
        request(Method::DELETE, "/profile", &form, cookie.as_ref()),
    )
    .await;
    hear(&mut events, "account_deleted").await;
    assert_eq!(log_in(&app, PASSWORD).await.0, StatusCode::UNAUTHORIZED);
}
