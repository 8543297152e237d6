//! The page at `/docs`; all its parts come from this server.

use std::borrow::Cow;
use std::sync::Arc;

use actix_web::dev::HttpServiceFactory;
use actix_web::http::header::{
    CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ContentEncoding, LOCATION,
};
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{self, Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use utoipa_swagger_ui::{Config, serve};

use crate::problem::{Code, Problem};

/// The scope of the page and its parts, which are reached below `path`.
pub(crate) fn docs(path: &str) -> impl HttpServiceFactory + use<> {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                  img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    web::scope("/docs")
        .wrap(DefaultHeaders::new().add((CONTENT_SECURITY_POLICY, policy)))
        .app_data(Data::from(Arc::new(Config::from(format!(
            "{path}/openapi.json"
        )))))
        .route("", web::get().to(to_the_page))
        .route("/{part:.*}", web::get().to(part))
}

async fn to_the_page(req: HttpRequest) -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, format!("{}/", req.path())))
        .finish()
}

/// A part of the page. The large ones lie in the binary and are never copied as a whole:
/// clients that ask and don't read must not fill the memory.
async fn part(name: Path<String>, config: Data<Config<'static>>) -> Result<HttpResponse, Problem> {
    let found = serve(&name, config.into_inner()).ok().flatten();
    let file =
        found.ok_or_else(|| Problem::new(Code::NotFound, "There is nothing at this address."))?;
    let mut answer = HttpResponse::Ok();
    if file.gzpipped {
        answer.insert_header((CONTENT_ENCODING, ContentEncoding::Gzip));
    }
    Ok(answer
        .content_type(file.content_type)
        .body(match file.bytes {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        }))
}
