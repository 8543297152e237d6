//! The yardstick: an actix handler that answers what `GET /profile` answers, and nothing
//! else.

use actix_web::{HttpResponse, web};

/// The body, as long as that of a real profile.
pub const PROFILE: &str = r#"{"id":"01a208cf-0222-747b-88f1-26e5e16d4daf","first_name":"Ada","last_name":"Lovelace","username":"ada","email":"ada@example.org","email_verified":true,"has_password":true,"created_at":"2026-11-23T14:28:33.954Z"}"#;

/// Registers the handler at `/profile`.
pub fn routes(app: &mut web::ServiceConfig) {
    app.route("/profile", web::get().to(profile));
}

async fn profile() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(PROFILE)
}
