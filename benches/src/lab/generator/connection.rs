//! One connection to a server, kept open.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::frame::{Frame, Malformed};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// After so long without use the server may have closed the connection: worth a look.
const IDLE: Duration = Duration::from_secs(1);

/// Room for an answer.
const ROOM: usize = 8 * 1024;

/// What became of a request that got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nobody took the connection.
    Unreachable,
    /// The connection broke, or ended before the answer did.
    Broken,
    /// The answer took too long.
    Timeout,
    /// The answer is none.
    Malformed,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreachable => "connection refused",
            Self::Broken => "connection reset",
            Self::Timeout => "timeout",
            Self::Malformed => "malformed answer",
        })
    }
}

impl From<io::Error> for Failure {
    fn from(_: io::Error) -> Self {
        Self::Broken
    }
}

impl From<Malformed> for Failure {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// A whole answer.
pub struct Answer<'a> {
    frame: Frame,
    buffer: &'a [u8],
}

impl Answer<'_> {
    /// The status code.
    pub fn status(&self) -> u16 {
        self.frame.status
    }

    /// Its length in bytes, header and framing included.
    pub fn length(&self) -> usize {
        self.frame.length
    }

    /// The name and value of each cookie that it sets.
    pub fn cookies(&self) -> Vec<(String, String)> {
        if !self.frame.sets_cookies {
            return vec![];
        }
        let set = self.frame.values(self.buffer, "set-cookie");
        let pair = |cookie: &String| {
            let (name, value) = cookie.split(';').next()?.split_once('=')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        };
        set.iter().filter_map(pair).collect()
    }

    /// Its body.
    pub fn body(&self) -> Cow<'_, [u8]> {
        self.frame.body(self.buffer)
    }
}

/// A connection that opens when it is needed, and again when the server ended it.
pub struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
    used: Instant,
}

impl Connection {
    /// A connection to this address; it is not open yet.
    pub fn to(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
            buffer: Vec::with_capacity(ROOM),
            used: Instant::now(),
        }
    }

    /// Sends these bytes and waits for the answer to them.
    ///
    /// # Errors
    /// When there is none; the connection is then closed.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>, Failure> {
        let answer = timeout(PATIENCE, self.try_exchange(request)).await;
        match answer.unwrap_or(Err(Failure::Timeout)) {
            Ok(frame) => {
                self.used = Instant::now();
                if frame.closes {
                    self.stream = None;
                }
                let buffer = &self.buffer[..];
                Ok(Answer { frame, buffer })
            }
            Err(failure) => {
                self.stream = None;
                Err(failure)
            }
        }
    }

    async fn try_exchange(&mut self, request: &[u8]) -> Result<Frame, Failure> {
        if self.used.elapsed() > IDLE && self.has_ended() {
            self.stream = None;
        }
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(connect(self.address).await?),
        };
        stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            self.buffer.reserve(ROOM);
            if stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(Failure::Broken);
            }
            if let Some(frame) = Frame::parse(&self.buffer)? {
                return Ok(frame);
            }
        }
    }

    /// Whether the server closed it while it was not in use.
    fn has_ended(&self) -> bool {
        let waiting = self.stream.as_ref().map(|stream| stream.try_read(&mut [0]));
        !matches!(waiting, Some(Err(error)) if error.kind() == ErrorKind::WouldBlock)
    }
}

async fn connect(address: SocketAddr) -> Result<TcpStream, Failure> {
    let stream = TcpStream::connect(address).await;
    let stream = stream.map_err(|_| Failure::Unreachable)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
