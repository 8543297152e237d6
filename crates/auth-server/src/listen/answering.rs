//! Answers under way: they go out in pieces, and their connection is busy until the last.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::ConnectionType;
use actix_web::web::Bytes;
use pin_project_lite::pin_project;

use super::arriving::watch_body;
use super::stream::{Exchange, Talk};

/// The most bytes of an answer that are copied into a connection's buffer at once: what
/// a peer that does not read can hold of ours.
pub(super) const PIECE: usize = 8 * 1024;

/// Middleware that tells the connection when a request is being answered.
pub(super) struct Answering;

/// A service within it.
pub(super) struct Within<S> {
    service: S,
}

impl<S, B> Transform<S, ServiceRequest> for Answering
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<InPieces>;
    type Error = Error;
    type InitError = ();
    type Transform = Within<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Within { service }))
    }
}

impl<S, B> Service<ServiceRequest> for Within<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<InPieces>;
    type Error = Error;
    type Future = UnderWay<S::Future>;

    forward_ready!(service);

    fn call(&self, mut req: ServiceRequest) -> Self::Future {
        let talk = req.conn_data::<Rc<Talk>>().cloned();
        if let Some(talk) = &talk {
            watch_body(&mut req, talk);
        }
        UnderWay {
            exchange: talk.as_ref().map(Talk::begin),
            talk,
            answer: self.service.call(req),
        }
    }
}

pin_project! {
    /// An answer that is being found.
    pub(super) struct UnderWay<F> {
        #[pin]
        answer: F,
        talk: Option<Rc<Talk>>,
        exchange: Option<Exchange>,
    }
}

impl<F, B> Future for UnderWay<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody + 'static,
{
    type Output = Result<ServiceResponse<InPieces>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answer = ready!(this.answer.poll(cx))?;
        if let Some(talk) = this.talk
            && answer.response().head().connection_type() == ConnectionType::Close
        {
            talk.close();
        }
        Poll::Ready(Ok(answer.map_body(|_, body| InPieces {
            whole: body.boxed(),
            rest: Bytes::new(),
            _exchange: this.exchange.take(),
        })))
    }
}

/// A body that is handed over piece by piece, however large its own chunks are.
pub(super) struct InPieces {
    whole: BoxBody,
    rest: Bytes,
    _exchange: Option<Exchange>,
}

impl MessageBody for InPieces {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.whole.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.rest.is_empty() {
            match Pin::new(&mut self.whole).poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => self.rest = chunk,
                other => return other,
            }
        }
        let piece = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(piece))))
    }
}
