//! Answers under way: they go out in pieces, and their connection is busy until the last.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::web::Bytes;

use super::arriving::watch_body;
use super::stream::{Exchange, Talk};

/// The most bytes of an answer that are copied into a connection's buffer at once: what
/// a peer that does not read can hold of ours.
pub(super) const PIECE: usize = 8 * 1024;

/// Middleware that tells the connection when a request is being answered.
pub(super) async fn answering(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<InPieces>, Error> {
    let talk = req.conn_data::<Rc<Talk>>().cloned();
    if let Some(talk) = &talk {
        watch_body(&mut req, talk);
    }
    let exchange = talk.as_ref().map(Talk::begin);
    let answer = next.call(req).await?;
    if let Some(talk) = talk
        && answer.response().head().connection_type() == ConnectionType::Close
    {
        talk.close();
    }
    Ok(answer.map_body(|_, body| InPieces {
        whole: body.boxed(),
        rest: Bytes::new(),
        _exchange: exchange,
    }))
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
