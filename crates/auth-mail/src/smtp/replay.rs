//! A connection whose begin lettre hears once more.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::hello::Features;

/// A stream on which greeting and EHLO are over. lettre begins with them all the same: it
/// reads the text kept here, and its EHLO goes nowhere.
#[derive(Debug)]
pub(super) struct Replay {
    stream: TcpStream,
    /// What is yet to be read of the replayed begin.
    begin: Vec<u8>,
    /// Whether the line that lettre is about to write is its EHLO.
    swallow: bool,
}

impl Replay {
    pub(super) fn new(stream: TcpStream, features: &Features) -> Self {
        let starttls = if features.starttls {
            "250-STARTTLS\r\n"
        } else {
            ""
        };
        Self {
            stream,
            begin: format!("220 again\r\n250-again\r\n{starttls}250 HELP\r\n").into_bytes(),
            swallow: true,
        }
    }
}

impl AsyncTokioStream for Replay {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

impl AsyncRead for Replay {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.begin.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let count = buf.remaining().min(self.begin.len());
        buf.put_slice(&self.begin[..count]);
        self.begin.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Replay {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.swallow {
            return Pin::new(&mut self.stream).poll_write(cx, bytes);
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        self.swallow = end.is_none();
        Poll::Ready(Ok(end.map_or(bytes.len(), |at| at + 1)))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
