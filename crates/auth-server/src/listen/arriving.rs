//! Requests under way: their connection waits for the peer until the body is there.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::HttpMessage as _;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::web::Bytes;
use futures_util::Stream;

use super::places::Moment;
use super::stream::Talk;

/// Sees to it that a peer which sends the head of a request and keeps the body back makes way
/// like one that keeps back the head. A byte now and then makes it wait no shorter.
pub(super) fn watch_body(req: &mut ServiceRequest, talk: &Rc<Talk>) {
    let headers = req.headers();
    if !headers.contains_key(CONTENT_LENGTH) && !headers.contains_key(TRANSFER_ENCODING) {
        return;
    }
    let body = Arriving {
        body: req.take_payload(),
        talk: talk.clone(),
        head: Moment::now(),
    };
    req.set_payload(Payload::Stream {
        payload: Box::pin(body),
    });
}

struct Arriving {
    body: Payload,
    talk: Rc<Talk>,
    /// When the head was there.
    head: Moment,
}

impl Stream for Arriving {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.talk.awaits_body_since(self.head);
        let chunk = ready!(Pin::new(&mut self.body).poll_next(cx));
        if !matches!(chunk, Some(Ok(_))) {
            self.talk.has_body();
        }
        Poll::Ready(chunk)
    }
}
