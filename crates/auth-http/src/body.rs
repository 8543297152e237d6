//! JSON bodies, strictly.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;

use crate::problem::{Code, Problem};

/// The most bytes of a body.
pub(crate) const MAX_BYTES: usize = 16 * 1024;

/// A JSON body with only known fields.
pub(crate) struct Body<T>(pub T);

/// A JSON body that may be left out as a whole.
pub(crate) struct OptionalBody<T>(pub T);

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            check_content_type(&req)?;
            parse(&read(&req, payload).await?).map(Self)
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

fn check_content_type(req: &HttpRequest) -> Result<(), Problem> {
    if req.content_type().eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        let detail = "Send the body as JSON, with Content-Type: application/json.";
        Err(Problem::new(Code::UnsupportedMediaType, detail))
    }
}

async fn read(req: &HttpRequest, mut payload: Payload) -> Result<BytesMut, Problem> {
    let announced = req.headers().get(CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > MAX_BYTES) {
        return Err(too_large());
    }
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

/// serde's message names the place and the type, never the value of a known field.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde takes a list for a struct, its items in order for the fields.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(unreadable("The body is a list, not an object."));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        unreadable(&match error.classify() {
            serde_json::error::Category::Data => {
                format!("A field is unknown, repeated or of the wrong type ({place}).")
            }
            _ => format!("The body is not JSON ({place})."),
        })
    })
}

fn unreadable(detail: &str) -> Problem {
    Problem::new(Code::InvalidRequest, detail)
}

fn too_large() -> Problem {
    let detail = format!("A body has at most {MAX_BYTES} bytes.");
    Problem::new(Code::PayloadTooLarge, detail)
}
