//! A request whose last byte does not come.

use anyhow::{Context as _, Result};
use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Client, Transport};

/// A request under way: all of it has been sent but its last byte.
#[derive(Debug)]
pub struct Held {
    what: String,
    stream: TcpStream,
    last: u8,
}

impl Client {
    /// Sends a request with this device's credential, and holds its last byte back.
    ///
    /// # Errors
    /// When the server can't be reached, or over TLS.
    pub async fn hold(&self, method: Method, path: &str, body: &Value) -> Result<Held> {
        let url = self.url(path)?;
        let mut from = url.socket_addrs(|| None)?.into_iter();
        let to = from.next().context("the server has no address")?;
        let body = body.to_string();
        let (last, rest) = body.as_bytes().split_last().context("an empty body")?;
        let credential = self.credential();
        let credential = match (self.strategy.transport, &credential.access) {
            (Transport::Bearer, Some(token)) => format!("Authorization: Bearer {token}\r\n"),
            _ => match credential.cookie_header(url.path()) {
                Some(cookies) => format!("Cookie: {cookies}\r\n"),
                None => String::new(),
            },
        };
        let head = format!(
            "{method} {} HTTP/1.1\r\nHost: {}\r\n{credential}Content-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            url.path(),
            url.authority(),
            body.len()
        );
        let mut stream = TcpStream::connect(to).await?;
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(rest).await?;
        Ok(Held {
            what: format!("{method} {path} {body}"),
            stream,
            last: *last,
        })
    }
}

impl Held {
    /// What is asked for, for messages.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Sends the last byte and gives the status of the answer; none when the server hangs
    /// up instead.
    pub async fn release(mut self) -> Option<u16> {
        let mut answer = vec![];
        // A server that has given the request up may have closed the connection already.
        let _ = self.stream.write_all(&[self.last]).await;
        let _ = self.stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        answer.split(' ').nth(1)?.parse().ok()
    }
}
