//! The development mailbox as JSON, for its page and for tests. Never there in production.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use auth_mail::DevMailbox;

/// Registers the mailbox.
pub(crate) fn register(app: &mut ServiceConfig, mailbox: DevMailbox) {
    app.app_data(Data::new(mailbox))
        .route("/dev/mailbox.json", web::get().to(latest));
}

const LATEST: usize = 100;

async fn latest(mailbox: Data<DevMailbox>) -> impl Responder {
    match mailbox.list(LATEST).await {
        Ok(mails) => HttpResponse::Ok().json(mails),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
