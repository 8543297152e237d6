//! The development mailbox as a page and as JSON. Never there in production.

use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use auth_mail::{DevMailbox, StoredMail};

/// Registers the mailbox.
pub(crate) fn register(app: &mut ServiceConfig, mailbox: DevMailbox) {
    app.app_data(Data::new(mailbox))
        .route("/dev/mailbox.json", web::get().to(json))
        .route("/dev/mailbox", web::get().to(page));
}

const LATEST: usize = 100;

async fn json(mailbox: Data<DevMailbox>) -> impl Responder {
    match mailbox.list(LATEST).await {
        Ok(mails) => HttpResponse::Ok().json(mails),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

async fn page(mailbox: Data<DevMailbox>) -> impl Responder {
    let Ok(mails) = mailbox.list(LATEST).await else {
        return HttpResponse::InternalServerError().finish();
    };
    let list: String = mails.iter().map(show).collect();
    let empty = if mails.is_empty() {
        "<p>No mail yet.</p>"
    } else {
        ""
    };
    HttpResponse::Ok()
        .insert_header((
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ))
        .content_type("text/html; charset=utf-8")
        .body(format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\">\
             <title>Development mailbox</title></head><body>\
             <h1>Development mailbox</h1>{empty}{list}</body></html>"
        ))
}

fn show(mail: &StoredMail) -> String {
    format!(
        "<article><h2>{}</h2><p>To {}, {}</p><pre>{}</pre></article>",
        escape(&mail.subject),
        escape(&mail.to),
        mail.sent_at,
        linked(&mail.text),
    )
}

/// The text with its addresses as links.
fn linked(text: &str) -> String {
    let line = |line: &str| {
        let safe = escape(line);
        if line.starts_with("http://") || line.starts_with("https://") {
            format!("<a href=\"{safe}\">{safe}</a>\n")
        } else {
            format!("{safe}\n")
        }
    };
    text.lines().map(line).collect()
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            c => safe.push(c),
        }
    }
    safe
}
