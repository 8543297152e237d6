//! Answering with the document and with files.

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ContentEncoding, ETAG, Encoding, EntityTag, Header as _,
    HeaderName, HeaderValue, IfNoneMatch, LOCATION, VARY,
};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use crate::asset::{self, Asset, hash};
use crate::language::wanted;
use crate::script::Script;
use crate::shell::Shell;

/// The compressed encodings there are, the smaller one first.
const COMPRESSED: [ContentEncoding; 2] = [ContentEncoding::Brotli, ContentEncoding::Gzip];

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The document behind a page.
pub(crate) async fn page(req: HttpRequest, shell: Data<Shell>) -> HttpResponse {
    let edition = shell.edition(&wanted(&req));
    let Some(document) = edition.and_then(|edition| edition.document(req.path())) else {
        return HttpResponse::NotFound().finish();
    };
    let tag = EntityTag::new_strong(document.hash.clone());
    let mut answer = revalidated(&req, &tag);
    answer
        .insert_header((CONTENT_SECURITY_POLICY, shell.policy.clone()))
        .insert_header(("referrer-policy", "no-referrer"))
        .insert_header(("cross-origin-opener-policy", "same-origin"))
        .insert_header((VARY, "Accept-Language, Cookie"))
        .insert_header((CACHE_CONTROL, "no-cache"));
    finish(answer, "text/html; charset=utf-8", document.html.clone())
}

/// A file by the address that only this version of it has.
pub(crate) async fn asset(
    req: HttpRequest,
    shell: Data<Shell>,
    path: Path<(String, String)>,
) -> HttpResponse {
    let (folder, name) = path.into_inner();
    let script = shell.script(&folder);
    if let Some(script) = script.filter(|_| name == "words.js") {
        return words(&req, script);
    }
    let is_current = script.is_some() || folder == asset::folder();
    let Some(asset) = asset::named(&name).filter(|_| is_current) else {
        return HttpResponse::NotFound().finish();
    };
    file(&req, asset, FOR_GOOD, &[])
}

/// What has another address when it is another.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// The words of a language, compressed where the client takes that.
fn words(req: &HttpRequest, script: &Script) -> HttpResponse {
    let takes_gzip = negotiate(req, &[ContentEncoding::Gzip]) == ContentEncoding::Gzip;
    let gzip = script.gzip.clone().filter(|_| takes_gzip);
    let tag = format!("{}-{}", script.hash, gzip.is_some());
    let mut answer = revalidated(req, &EntityTag::new_strong(tag));
    answer
        .insert_header((CACHE_CONTROL, FOR_GOOD))
        .insert_header((VARY, "Accept-Encoding"));
    if gzip.is_some() {
        answer.insert_header((CONTENT_ENCODING, "gzip"));
    }
    let body = gzip.unwrap_or_else(|| script.plain.clone());
    finish(answer, "text/javascript; charset=utf-8", body)
}

/// The colours and the logo of the service, by addresses that only these versions have. A logo
/// is an image and nothing else, however it is opened.
pub(crate) async fn brand(shell: Data<Shell>, path: Path<(String, String)>) -> HttpResponse {
    let (tag, name) = path.into_inner();
    let logo = shell.logo.as_ref();
    let found = match name.as_str() {
        "colors.css" => shell
            .style
            .clone()
            .map(|style| ("text/css; charset=utf-8", style)),
        "logo" => logo.map(|logo| (logo.content_type, logo.bytes.clone())),
        _ => None,
    };
    match found.filter(|(_, bytes)| hash(bytes) == tag) {
        Some((content_type, bytes)) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, content_type))
            .insert_header((CACHE_CONTROL, FOR_GOOD))
            .insert_header((CONTENT_SECURITY_POLICY, LOGO_POLICY))
            .insert_header(("x-content-type-options", "nosniff"))
            .body(bytes),
        None => HttpResponse::NotFound().finish(),
    }
}

/// An SVG image may hold styles of its own, and no script runs in it.
const LOGO_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// What browsers ask for that were shown no page of ours yet.
pub(crate) async fn favicon(shell: Data<Shell>) -> HttpResponse {
    let own =
        asset::named("icon.svg").map(|icon| ("image/svg+xml", Bytes::from_static(icon.plain)));
    let logo = shell.logo.as_ref();
    let logo = logo.map(|logo| (logo.content_type, logo.bytes.clone()));
    let Some((content_type, bytes)) = logo.or(own) else {
        return HttpResponse::NotFound().finish();
    };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, content_type))
        .insert_header((CACHE_CONTROL, "public, max-age=86400"))
        .insert_header((CONTENT_SECURITY_POLICY, LOGO_POLICY))
        .insert_header(("x-content-type-options", "nosniff"))
        .body(bytes)
}

/// Nothing here is for search engines (RFC 9309).
pub(crate) async fn robots() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "public, max-age=86400"))
        .body("User-agent: *\nDisallow: /\n")
}

/// Where a password manager sends people to change their password; who is not signed in is asked
/// to do that first.
pub(crate) async fn change_password() -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, "/security#password"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}

/// The client library and its types by addresses that stay, for front ends of any origin.
pub(crate) async fn client(req: HttpRequest) -> HttpResponse {
    let Some(asset) = asset::named(req.path().trim_start_matches('/')) else {
        return HttpResponse::NotFound().finish();
    };
    let shared = [
        (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (RESOURCE_POLICY, HeaderValue::from_static("cross-origin")),
    ];
    file(&req, asset, "no-cache", &shared)
}

fn file(
    req: &HttpRequest,
    asset: &'static Asset,
    cache: &'static str,
    more: &[(HeaderName, HeaderValue)],
) -> HttpResponse {
    let encoding = negotiate(req, &COMPRESSED);
    let tag = format!("{}-{}", asset.hash, encoding.as_str());
    let mut answer = revalidated(req, &EntityTag::new_strong(tag));
    answer
        .insert_header((CACHE_CONTROL, cache))
        .insert_header((VARY, "Accept-Encoding"));
    for (name, value) in more {
        answer.insert_header((name, value));
    }
    if encoding != ContentEncoding::Identity {
        answer.insert_header((CONTENT_ENCODING, encoding.as_str()));
    }
    finish(answer, asset.content_type, asset.encoded(encoding))
}

/// The best encoding that the client takes (RFC 9110, 12.5.3); one that takes none of
/// ours gets the file as it is.
fn negotiate(req: &HttpRequest, offered: &[ContentEncoding]) -> ContentEncoding {
    let Ok(accepted) = AcceptEncoding::parse(req) else {
        return ContentEncoding::Identity;
    };
    let takes = |encoding: ContentEncoding| {
        let offered = [Encoding::Known(encoding), Encoding::identity()];
        accepted.negotiate(offered.iter()) == Some(Encoding::Known(encoding))
    };
    let mut compressed = offered.iter().copied();
    compressed
        .find(|encoding| takes(*encoding))
        .unwrap_or(ContentEncoding::Identity)
}

/// An answer that carries this tag: 304 when the client has it (RFC 9110, 13.1.2).
fn revalidated(req: &HttpRequest, tag: &EntityTag) -> HttpResponseBuilder {
    let has_it = match IfNoneMatch::parse(req) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    };
    let mut answer = match has_it {
        true => HttpResponse::NotModified(),
        false => HttpResponse::Ok(),
    };
    answer
        .insert_header((ETAG, tag.to_string()))
        .insert_header(("x-content-type-options", "nosniff"));
    answer
}

fn finish(
    mut answer: HttpResponseBuilder,
    content_type: &'static str,
    body: impl Into<actix_web::web::Bytes>,
) -> HttpResponse {
    let mut answer = answer.finish();
    if answer.status() == actix_web::http::StatusCode::OK {
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        return answer.set_body(actix_web::body::BoxBody::new(body.into()));
    }
    answer.headers_mut().remove(CONTENT_ENCODING);
    answer
}
