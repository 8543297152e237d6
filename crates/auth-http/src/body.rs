//! Bodies, read to their end, within a size and a time.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::web::{BytesMut, Query};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use crate::api::Api;
use crate::json::{parse, unreadable};
use crate::problem::{Code, Problem};

/// The most bytes of a body.
pub(crate) const MAX_BYTES: usize = 16 * 1024;

/// How long a request may take to arrive where no setting says it.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// A JSON body with only known fields.
pub(crate) struct Body<T>(pub T);

/// A JSON body that may be left out as a whole.
pub(crate) struct OptionalBody<T>(pub T);

/// A form, as a provider has a browser post one.
pub(crate) struct FormBody<T>(pub T);

/// No body, or one that does not matter: it is read to its end all the same.
pub(crate) struct NoBody;

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(&req, payload).await?;
            check_content_type(&req)?;
            parse(&bytes).map(Self)
        })
    }
}

impl<T: DeserializeOwned + Default + 'static> FromRequest for OptionalBody<T> {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(&req, payload).await?;
            if bytes.is_empty() {
                return Ok(Self(T::default()));
            }
            check_content_type(&req)?;
            parse(&bytes).map(Self)
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for FormBody<T> {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        const FORM: &str = "application/x-www-form-urlencoded";
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(&req, payload).await?;
            if !req.content_type().eq_ignore_ascii_case(FORM) {
                let detail = format!("Send the body as a form, with Content-Type: {FORM}.");
                return Err(Problem::new(Code::UnsupportedMediaType, detail));
            }
            let text = std::str::from_utf8(&bytes).ok();
            let form = text.and_then(|text| Query::<T>::from_query(text).ok());
            let form = form.ok_or_else(|| unreadable("The form can't be read."))?;
            Ok(Self(form.into_inner()))
        })
    }
}

impl FromRequest for NoBody {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if matches!(payload, Payload::None) && announces_body(req) {
            let detail = "The body of this request is read elsewhere.";
            let problem = Problem::new(Code::Internal, detail);
            let problem = problem.caused_by("use Signed<Body> in place of CurrentUser".into());
            return Box::pin(async { Err(problem) });
        }
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move { read(&req, payload).await.map(|_| Self) })
    }
}

fn check_content_type(req: &HttpRequest) -> Result<(), Problem> {
    if req.content_type().eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        let detail = "Send the body as JSON, with Content-Type: application/json.";
        Err(Problem::new(Code::UnsupportedMediaType, detail))
    }
}

/// The length that a request announces, if it does (RFC 9112, 6).
fn announced(req: &HttpRequest) -> Option<usize> {
    let length = req.headers().get(CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

pub(crate) fn announces_body(req: &HttpRequest) -> bool {
    req.headers().contains_key(TRANSFER_ENCODING) || announced(req).is_some_and(|n| n > 0)
}

/// The whole body. One that is not there in time is given up, and the connection with it:
/// whoever holds a byte back must not keep a request open.
async fn read(req: &HttpRequest, payload: Payload) -> Result<BytesMut, Problem> {
    if announced(req).is_some_and(|length| length > MAX_BYTES) {
        return Err(too_large());
    }
    match timeout_at(deadline(req), collect(payload)).await {
        Ok(read) => read,
        Err(_) => {
            let detail = "The request did not arrive in time.";
            Err(Problem::new(Code::RequestTimeout, detail))
        }
    }
}

fn deadline(req: &HttpRequest) -> Instant {
    let set = Api::of(req).map(|api| api.config().request_timeout);
    Instant::now() + set.unwrap_or(REQUEST_TIMEOUT)
}

async fn collect(mut payload: Payload) -> Result<BytesMut, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| unreadable("The body ended before it was complete."))?;
        if bytes.len() + chunk.len() > MAX_BYTES {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn too_large() -> Problem {
    let detail = format!("A body has at most {MAX_BYTES} bytes.");
    Problem::new(Code::PayloadTooLarge, detail)
}
