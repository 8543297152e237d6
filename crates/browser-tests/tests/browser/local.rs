//! Servers of a front end: its files, and an API of its own.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use actix_web::dev::ServerHandle;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use anyhow::{Context as _, Result};
use serde_json::json;
use test_services::free_port;

/// A server on a port of its own. Dropping it stops it.
pub struct Local {
    /// Where it is.
    pub origin: String,
    /// How many requests it has refused so far.
    pub refused: Arc<AtomicUsize>,
    handle: ServerHandle,
}

/// Where the files are, if there are any.
type Files = Option<PathBuf>;

impl Local {
    /// The files of a front end.
    pub fn files(folder: &Path) -> Result<Self> {
        Self::start(Some(folder.to_owned()))
    }

    /// Somebody's API, which says what it was sent. Every page may call it, with cookies too.
    pub fn api() -> Result<Self> {
        Self::start(None)
    }

    fn start(files: Files) -> Result<Self> {
        let (port, refused) = (free_port()?, Arc::<AtomicUsize>::default());
        let (tell, told) = mpsc::channel();
        let state = (Data::new(files), Data::from(Arc::clone(&refused)));
        thread::spawn(move || {
            let server = || -> io::Result<_> {
                let app = move || {
                    App::new()
                        .app_data(state.0.clone())
                        .app_data(state.1.clone())
                        .default_service(web::to(answer))
                };
                let server = HttpServer::new(app).workers(1).disable_signals();
                Ok(server.bind(("127.0.0.1", port))?.run())
            };
            actix_web::rt::System::new().block_on(async {
                match server() {
                    Ok(server) => {
                        let _ = tell.send(Ok(server.handle()));
                        let _ = server.await;
                    }
                    Err(error) => drop(tell.send(Err(error))),
                }
            });
        });
        Ok(Self {
            origin: format!("http://localhost:{port}"),
            refused,
            handle: told.recv().context("no server")??,
        })
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        // It stops by itself; nobody has to wait for that.
        drop(self.handle.stop(false));
    }
}

async fn answer(req: HttpRequest, files: Data<Files>, refused: Data<AtomicUsize>) -> HttpResponse {
    match &**files {
        Some(folder) => file(folder, req.path()),
        None => shared(&req, api(&req, &refused)),
    }
}

fn file(folder: &Path, path: &str) -> HttpResponse {
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let kind = match name.rsplit('.').next() {
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        _ => "text/html; charset=utf-8",
    };
    match std::fs::read(folder.join(name)) {
        Ok(content) => HttpResponse::Ok().content_type(kind).body(content),
        Err(_) => HttpResponse::NotFound().finish(),
    }
}

/// `/away?ADDRESS` leads elsewhere, `/refuse` refuses, `/once` does so the first time, and
/// everything else tells what came.
fn api(req: &HttpRequest, refused: &AtomicUsize) -> HttpResponse {
    if req.method() == Method::OPTIONS {
        return HttpResponse::NoContent().finish();
    }
    let path = req.path().rsplit('/').next();
    if path == Some("away") {
        let to = (header::LOCATION, req.query_string());
        return HttpResponse::TemporaryRedirect().insert_header(to).finish();
    }
    let is_first = || refused.load(Ordering::SeqCst) == 0;
    if path == Some("refuse") || (path == Some("once") && is_first()) {
        refused.fetch_add(1, Ordering::SeqCst);
        return HttpResponse::Unauthorized().finish();
    }
    let sent = |name: &str| {
        let value = req.headers().get(name);
        value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    HttpResponse::Ok().json(json!({
        "authorization": sent("authorization"),
        "cookie": sent("cookie"),
        "if_user": sent("if-user"),
    }))
}

/// Lets every page read the answer (Fetch Standard, 3.3.3).
fn shared(req: &HttpRequest, mut answer: HttpResponse) -> HttpResponse {
    let origin = req.headers().get(header::ORIGIN).cloned();
    let origin = origin.unwrap_or(HeaderValue::from_static("*"));
    let text = HeaderValue::from_static;
    let more = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin),
        (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, text("true")),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            text("authorization, if-user, content-type"),
        ),
        (header::ACCESS_CONTROL_ALLOW_METHODS, text("GET, POST")),
    ];
    for (name, value) in more {
        answer.headers_mut().insert(name, value);
    }
    answer
}
