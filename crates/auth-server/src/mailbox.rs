//! The development mailbox as JSON, for its page and for tests, and its mails as documents. Never there in production.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use auth_http::{Code, Problem};
use auth_mail::DevMailbox;

/// Registers the mailbox.
pub(crate) fn register(app: &mut ServiceConfig, mailbox: DevMailbox) {
    app.app_data(Data::new(mailbox))
        .route("/dev/mailbox.json", web::get().to(latest))
        .route("/dev/mailbox/{id}", web::get().to(one));
}

const LATEST: usize = 100;

async fn latest(mailbox: Data<DevMailbox>) -> impl Responder {
    match mailbox.list(LATEST).await {
        Ok(mails) => HttpResponse::Ok().json(mails),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

/// What a mail's own document may do: look like itself, and lead the page that frames it to
/// where its links lead (CSP Level 3, `sandbox`). No script, no form, no file.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; \
    sandbox allow-top-navigation-by-user-activation allow-popups";

/// A mail as a program for mail would show it, for a frame.
async fn one(mailbox: Data<DevMailbox>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let mails = mailbox.list(LATEST).await.unwrap_or_default();
    let mail = mails.into_iter().find(|mail| mail.id == *id);
    let mail = mail.ok_or_else(|| Problem::new(Code::NotFound, "There is no such mail."))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, MAIL_POLICY))
        .body(
            mail.html
                .replacen("<head>", "<head><base target=\"_top\">", 1),
        ))
}
