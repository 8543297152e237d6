//! Answering with the document and with files.

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ContentEncoding, ETAG, Encoding, EntityTag, Header as _,
    HeaderName, HeaderValue, IfNoneMatch, VARY,
};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use crate::asset::{self, Asset};
use crate::shell::Shell;

/// The compressed encodings there are, the smaller one first.
const COMPRESSED: [ContentEncoding; 2] = [ContentEncoding::Brotli, ContentEncoding::Gzip];

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The document behind a page.
pub(crate) async fn page(req: HttpRequest, shell: Data<Shell>) -> HttpResponse {
    let Some(document) = shell.document(req.path()) else {
        return HttpResponse::NotFound().finish();
    };
    let tag = EntityTag::new_strong(document.hash.clone());
    let mut answer = revalidated(&req, &tag);
    answer
        .insert_header((CONTENT_SECURITY_POLICY, shell.policy.clone()))
        .insert_header(("referrer-policy", "no-referrer"))
        .insert_header(("cross-origin-opener-policy", "same-origin"))
        .insert_header((CACHE_CONTROL, "no-cache"));
    finish(answer, "text/html; charset=utf-8", document.html.clone())
}

/// A file by the address that only this version of it has.
pub(crate) async fn asset(req: HttpRequest, path: Path<(String, String)>) -> HttpResponse {
    let (folder, name) = path.into_inner();
    let found = asset::named(&name).filter(|_| asset::is_current(&folder));
    let Some(asset) = found else {
        return HttpResponse::NotFound().finish();
    };
    file(&req, asset, "public, max-age=31536000, immutable", &[])
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
    let encoding = negotiate(req);
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
fn negotiate(req: &HttpRequest) -> ContentEncoding {
    let Ok(accepted) = AcceptEncoding::parse(req) else {
        return ContentEncoding::Identity;
    };
    let takes = |encoding: ContentEncoding| {
        let offered = [Encoding::Known(encoding), Encoding::identity()];
        accepted.negotiate(offered.iter()) == Some(Encoding::Known(encoding))
    };
    let mut compressed = COMPRESSED.into_iter();
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
