//! As much of HTTP as it takes to see that a server works.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;

use anyhow::{Context as _, Result};

/// An answer whose length the server told, or which is empty.
pub(crate) struct Answer {
    /// Three digits.
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// A request with JSON, or with nothing, in its body.
pub(crate) fn request(method: &str, host: &str, path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

/// Reads one answer. ChromeDriver leaves the connection open whatever one asks, so the end
/// of the stream means nothing.
pub(crate) fn read(stream: TcpStream) -> Result<Answer> {
    let mut stream = BufReader::new(stream);
    let (mut head, mut line) = (String::new(), String::new());
    while stream.read_line(&mut line)? > 2 {
        head += &line.to_ascii_lowercase();
        line.clear();
    }
    let status = head.split(' ').nth(1).context("no HTTP")?.parse()?;
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let length = length.map_or(Ok(0), |length| length.trim().parse())?;
    let mut body = String::new();
    stream.take(length).read_to_string(&mut body)?;
    Ok(Answer { status, body })
}
