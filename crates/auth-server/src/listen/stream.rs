//! A connection whose peer has to keep to the deadlines.

use std::cell::Cell;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::web::{Buf as _, Bytes};
use auth_http::explained;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::places::{Moment, Place};
use super::{Deadlines, GOODBYE, TICK};

/// What is known of the conversation on a connection.
pub(super) struct Talk {
    place: Place,
    /// Requests that are being answered.
    open: Cell<u32>,
    /// Since when the peer is waited for.
    since: Cell<Instant>,
    /// What the peer is waited for with.
    awaited: Cell<Awaited>,
    /// Whether an answer said that the connection closes.
    closes: Cell<bool>,
}

/// What a peer owes us while no request is being answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaited {
    /// Its first request.
    First,
    /// The rest of a request that has begun.
    Rest,
    /// Another request, if it likes.
    Next,
    /// Nothing: the last answer was the end.
    Nothing,
}

/// A request that is being answered; the answer is complete when this is dropped.
pub(super) struct Exchange(Rc<Talk>);

impl Talk {
    /// A request has come and is being answered.
    pub(super) fn begin(self: &Rc<Self>) -> Exchange {
        self.open.set(self.open.get() + 1);
        self.place.busy();
        Exchange(self.clone())
    }

    /// A request's body is waited for, as long as its head has been there.
    pub(super) fn awaits_body_since(&self, head: Moment) {
        self.place.idle_since(head);
    }

    /// A request has come to its end.
    pub(super) fn has_body(&self) {
        self.place.busy();
    }

    /// An answer says that the connection closes.
    pub(super) fn close(&self) {
        self.closes.set(true);
    }

    fn is_answering(&self) -> bool {
        self.open.get() > 0
    }

    fn awaits(&self, what: Awaited) {
        self.awaited.set(what);
        self.since.set(Instant::now());
        self.place.idle();
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let talk = &self.0;
        talk.open.set(talk.open.get() - 1);
        if !talk.is_answering() {
            talk.awaits(match talk.closes.get() {
                true => Awaited::Nothing,
                false => Awaited::Next,
            });
        }
    }
}

/// A stream that fails once its peer is too slow, or has to make way for others.
pub(super) struct Guarded {
    stream: TcpStream,
    talk: Rc<Talk>,
    deadlines: Deadlines,
    /// A refusal on its way out, and how many bytes of actix's own it stands for.
    refusal: Option<(Bytes, usize)>,
    /// Since when the peer takes no more of an answer.
    stuck: Option<Instant>,
    alarm: Pin<Box<Sleep>>,
}

impl Guarded {
    /// Guards a connection that was accepted.
    ///
    /// # Errors
    /// When the peer is gone already.
    pub(super) fn new(stream: TcpStream, place: Place, deadlines: Deadlines) -> io::Result<Self> {
        // Or each further piece of an answer waits until the peer has acknowledged the one
        // before, which it delays by 40 ms and more (RFC 9293, 3.7.4).
        stream.set_nodelay(true)?;
        let now = Instant::now();
        Ok(Self {
            stream,
            talk: Rc::new(Talk {
                place,
                open: Cell::new(0),
                since: Cell::new(now),
                awaited: Cell::new(Awaited::First),
                closes: Cell::new(false),
            }),
            deadlines,
            refusal: None,
            stuck: None,
            alarm: Box::pin(sleep_until(now + deadlines.head + 2 * TICK)),
        })
    }

    /// The conversation, for those who answer.
    pub(super) fn talk(&self) -> Rc<Talk> {
        self.talk.clone()
    }

    /// When the peer is late, if it owes us anything.
    fn deadline(&self) -> Option<Instant> {
        if let Some(since) = self.stuck {
            return Some(since + self.deadlines.write);
        }
        if self.talk.is_answering() {
            return None;
        }
        let patience = match self.talk.awaited.get() {
            // actix-http refuses it with an answer, unless we are faster.
            Awaited::First => self.deadlines.head + 2 * TICK,
            Awaited::Rest => self.deadlines.head,
            Awaited::Next => self.deadlines.idle,
            // actix-http waits for the rest of a body that came in chunks.
            Awaited::Nothing => GOODBYE,
        };
        Some(self.talk.since.get() + patience)
    }

    /// Fails when the peer is late or has to go, and sees to it that this is asked again
    /// in time.
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.talk.place.has_to_go(cx.waker()) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        loop {
            let now = Instant::now();
            let deadline = self.deadline();
            if deadline.is_some_and(|deadline| deadline <= now) {
                return Err(io::ErrorKind::TimedOut.into());
            }
            // What is awaited changes with every request. An alarm that rings too early is
            // cheaper than one that is set anew each time.
            let next = deadline.unwrap_or(now + RING);
            if self.alarm.deadline() > next {
                self.alarm.as_mut().reset(next);
            }
            if self.alarm.as_mut().poll(cx).is_pending() {
                return Ok(());
            }
            self.alarm.as_mut().reset(next);
        }
    }
}

impl Guarded {
    /// Sends what the peer takes.
    fn send(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(cx, bytes)? {
            Poll::Ready(sent) => {
                // Whoever takes a byte now and then is as slow as one who takes none.
                let all = sent == bytes.len();
                if all && self.stuck.take().is_some() && self.talk.is_answering() {
                    self.talk.place.busy();
                }
                Poll::Ready(Ok(sent))
            }
            Poll::Pending => {
                if self.stuck.is_none() {
                    self.stuck = Some(Instant::now());
                    self.talk.place.idle();
                }
                self.check(cx)?;
                Poll::Pending
            }
        }
    }
}

/// How often a connection is looked at while a request is being answered.
const RING: Duration = Duration::from_secs(5);

impl AsyncRead for Guarded {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if Pin::new(&mut this.stream)
            .poll_read(cx, buffer)?
            .is_pending()
        {
            this.check(cx)?;
            return Poll::Pending;
        }
        let talk = &this.talk;
        let begins = !talk.is_answering() && talk.awaited.get() == Awaited::Next;
        if begins && !buffer.filled().is_empty() {
            talk.awaits(Awaited::Rest);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.refusal.is_none() && !this.talk.is_answering() {
            let explained = explained(bytes).map(Bytes::from);
            this.refusal = explained.map(|refusal| (refusal, bytes.len()));
        }
        let Some((mut refusal, stands_for)) = this.refusal.take() else {
            return this.send(cx, bytes);
        };
        while !refusal.is_empty() {
            match this.send(cx, &refusal)? {
                Poll::Ready(sent) => refusal.advance(sent),
                Poll::Pending => {
                    this.refusal = Some((refusal, stands_for));
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(stands_for))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::net::TcpListener;

    use super::super::places::{Caps, Places};
    use super::*;

    #[tokio::test]
    async fn no_piece_of_an_answer_waits_for_an_acknowledgement() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _peer = TcpStream::connect(listener.local_addr().unwrap()).await;
        let (stream, address) = listener.accept().await.unwrap();
        let places = Arc::new(Places::new(Caps {
            total: 1,
            per_peer: 1,
            proxies: vec![].into(),
        }));
        let deadlines = Deadlines {
            head: GOODBYE,
            write: GOODBYE,
            idle: GOODBYE,
        };
        let place = places.admit(address.ip()).unwrap();
        let guarded = Guarded::new(stream, place, deadlines).unwrap();
        assert!(guarded.stream.nodelay().unwrap());
    }
}
