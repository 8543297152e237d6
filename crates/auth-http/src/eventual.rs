//! Futures that are often answered before they are waited for.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that has its answer already, or one that is waited for. The former costs no
/// allocation.
pub enum Eventual<T> {
    /// The answer, until it is taken.
    Now(Option<T>),
    /// It is being worked on.
    Later(Pin<Box<dyn Future<Output = T>>>),
}

impl<T> Eventual<T> {
    /// The answer is there.
    pub(crate) fn now(answer: T) -> Self {
        Self::Now(Some(answer))
    }

    /// The answer is what this future leads to.
    pub(crate) fn later(future: impl Future<Output = T> + 'static) -> Self {
        Self::Later(Box::pin(future))
    }
}

impl<T: Unpin> Future for Eventual<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match self.get_mut() {
            // Like any future, it is not polled again once it has answered.
            Self::Now(answer) => answer.take().map_or(Poll::Pending, Poll::Ready),
            Self::Later(future) => future.as_mut().poll(cx),
        }
    }
}
