//! Where an answer ends (RFC 9112), and what of it matters here.

use std::borrow::Cow;
use std::ops::Range;

use httparse::{EMPTY_HEADER, Header, Response, Status};

/// More header fields than any of the servers sends.
const MAX_HEADERS: usize = 48;

/// An answer that can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// The outline of a whole answer in a buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The status code.
    pub status: u16,
    /// Whether it brings cookies.
    pub sets_cookies: bool,
    /// Whether the connection ends with it.
    pub closes: bool,
    /// Its length with header and body.
    pub length: usize,
    head: usize,
    pieces: Vec<Range<usize>>,
}

/// How the end of a body is told.
#[derive(Clone, Copy)]
enum Ending {
    Length(usize),
    Chunked,
}

impl Frame {
    /// The answer that the buffer starts with, once it is whole.
    ///
    /// # Errors
    /// When it will never be one.
    pub fn parse(buffer: &[u8]) -> Result<Option<Self>, Malformed> {
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        let mut response = Response::new(&mut headers);
        let head = match response.parse(buffer) {
            Ok(Status::Complete(head)) => head,
            Ok(Status::Partial) => return Ok(None),
            Err(_) => return Err(Malformed),
        };
        let status = response.code.ok_or(Malformed)?;
        let mut frame = Self {
            status,
            sets_cookies: has(response.headers, "set-cookie"),
            closes: says(response.headers, "connection", "close"),
            length: head,
            head,
            pieces: vec![],
        };
        let whole = match ending(status, response.headers)? {
            Ending::Length(length) => frame.take(buffer, length),
            Ending::Chunked => frame.take_chunks(buffer)?,
        };
        Ok(whole.then_some(frame))
    }

    /// The values of a header field.
    pub fn values(&self, buffer: &[u8], name: &str) -> Vec<String> {
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        let mut response = Response::new(&mut headers);
        if response.parse(&buffer[..self.head]).is_err() {
            return vec![];
        }
        let named = response.headers.iter();
        let named = named.filter(|header| header.name.eq_ignore_ascii_case(name));
        let text = |header: &Header<'_>| String::from_utf8_lossy(header.value).into_owned();
        named.map(text).collect()
    }

    /// The body without the framing of chunks.
    pub fn body<'a>(&self, buffer: &'a [u8]) -> Cow<'a, [u8]> {
        match &self.pieces[..] {
            [] => Cow::Borrowed(&[]),
            [all] => Cow::Borrowed(&buffer[all.clone()]),
            pieces => {
                let pieces = pieces.iter().map(|piece| &buffer[piece.clone()]);
                Cow::Owned(pieces.collect::<Vec<_>>().concat())
            }
        }
    }

    fn take(&mut self, buffer: &[u8], length: usize) -> bool {
        if length > 0 {
            self.pieces.push(self.length..self.length + length);
        }
        self.length += length;
        self.length <= buffer.len()
    }

    fn take_chunks(&mut self, buffer: &[u8]) -> Result<bool, Malformed> {
        loop {
            let rest = &buffer[self.length..];
            let (line, size) = match httparse::parse_chunk_size(rest) {
                Ok(Status::Complete(found)) => found,
                Ok(Status::Partial) => return Ok(false),
                Err(_) => return Err(Malformed),
            };
            let size = usize::try_from(size).map_err(|_| Malformed)?;
            self.length += line;
            if size == 0 {
                return self.take_trailers(buffer);
            }
            // Each chunk ends with a line break of its own.
            if !self.take(buffer, size) || self.length + 2 > buffer.len() {
                return Ok(false);
            }
            self.length += 2;
        }
    }

    fn take_trailers(&mut self, buffer: &[u8]) -> Result<bool, Malformed> {
        let mut trailers = [EMPTY_HEADER; MAX_HEADERS];
        match httparse::parse_headers(&buffer[self.length..], &mut trailers) {
            Ok(Status::Complete((length, _))) => {
                self.length += length;
                Ok(true)
            }
            Ok(Status::Partial) => Ok(false),
            Err(_) => Err(Malformed),
        }
    }
}

fn ending(status: u16, headers: &[Header<'_>]) -> Result<Ending, Malformed> {
    if says(headers, "transfer-encoding", "chunked") {
        return Ok(Ending::Chunked);
    }
    match value(headers, "content-length") {
        Some(length) => length.parse().map(Ending::Length).map_err(|_| Malformed),
        None if status == 204 || status == 304 => Ok(Ending::Length(0)),
        None => Err(Malformed),
    }
}

fn value<'h>(headers: &[Header<'h>], name: &str) -> Option<&'h str> {
    let named = |header: &&Header<'_>| header.name.eq_ignore_ascii_case(name);
    let header = headers.iter().find(named)?;
    std::str::from_utf8(header.value).ok().map(str::trim)
}

fn has(headers: &[Header<'_>], name: &str) -> bool {
    value(headers, name).is_some()
}

fn says(headers: &[Header<'_>], name: &str, word: &str) -> bool {
    value(headers, name).is_some_and(|value| value.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_length_says() {
        let text = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1";
        for cut in 0..text.len() - 8 {
            assert_eq!(Frame::parse(&text[..cut]), Ok(None), "{cut}");
        }
        let frame = Frame::parse(text).unwrap().unwrap();
        assert_eq!((frame.status, frame.length), (200, text.len() - 8));
        assert_eq!(&*frame.body(text), b"hello");
    }

    #[test]
    fn chunks_are_joined_and_counted_with_their_framing() {
        let text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                     3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: 1\r\n\r\n";
        for cut in 0..text.len() {
            assert_eq!(Frame::parse(&text[..cut]), Ok(None), "{cut}");
        }
        let frame = Frame::parse(text).unwrap().unwrap();
        assert_eq!(frame.length, text.len());
        assert_eq!(&*frame.body(text), b"hello");
    }

    #[test]
    fn what_has_no_end_is_malformed() {
        for text in [
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            "SMTP ready\r\n\r\n",
        ] {
            assert_eq!(Frame::parse(text.as_bytes()), Err(Malformed), "{text}");
        }
    }

    #[test]
    fn cookies_and_the_end_of_a_connection_are_seen() {
        let text = b"HTTP/1.1 204 No Content\r\nSet-Cookie: a=1; Path=/\r\nset-cookie: b=2\r\n\
                     Connection: Close\r\n\r\n";
        let frame = Frame::parse(text).unwrap().unwrap();
        assert!(frame.sets_cookies && frame.closes);
        assert_eq!(frame.values(text, "set-cookie"), ["a=1; Path=/", "b=2"]);
        assert!(frame.body(text).is_empty());
    }
}
