//! The yardstick: an actix handler that answers what `GET /profile` answers, and nothing
//! else.

use std::net::Ipv4Addr;
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};

/// The body, as long as that of a real profile.
pub const PROFILE: &str = r#"{"id":"01a208cf-0222-747b-88f1-26e5e16d4daf","first_name":"Ada","last_name":"Lovelace","username":"ada","email":"ada@example.org","email_verified":true,"has_password":true,"created_at":"2026-11-23T14:28:33.954Z"}"#;

/// Registers the handler at `/profile`.
pub fn routes(app: &mut web::ServiceConfig) {
    app.route("/profile", web::get().to(profile));
}

/// Serves it on this port of the loopback address until the process ends. Each answer waits
/// for `pause` first.
///
/// # Errors
/// When the port is taken.
pub fn serve(port: u16, pause: Duration) -> std::io::Result<()> {
    let app = move || {
        if pause.is_zero() {
            return App::new().configure(routes);
        }
        App::new().route("/profile", web::get().to(move || late(pause)))
    };
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(app).bind((Ipv4Addr::LOCALHOST, port))?;
        server.run().await
    })
}

async fn late(pause: Duration) -> HttpResponse {
    actix_web::rt::time::sleep(pause).await;
    profile().await
}

async fn profile() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(PROFILE)
}
