//! HTTP by hand, for requests that no client sends, and to see how connections end.

use std::io;
use std::net::SocketAddr;

use auth_testkit::account::Person;
use auth_testkit::{Client, Credential};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// A connection.
pub struct Wire(BufReader<TcpStream>);

/// One complete answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the server closes the connection after this answer.
    pub fn closes(&self) -> bool {
        self.head.to_ascii_lowercase().contains("connection: close")
    }
}

impl Wire {
    pub async fn connect(to: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a request and reads its answer.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.0.get_mut().write_all(request).await?;
        self.answer().await
    }

    /// Sends bytes and then no more, and reads until the server closes.
    pub async fn ask_and_hang_up(mut self, bytes: &[u8]) -> Vec<u8> {
        let mut all = vec![];
        // A server may well hang up before it has read everything.
        let _ = self.0.get_mut().write_all(bytes).await;
        let _ = self.0.get_mut().shutdown().await;
        let _ = self.0.read_to_end(&mut all).await;
        all
    }

    /// Sends bytes, whatever comes of them.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes).await
    }

    /// Reads until the server closes.
    pub async fn rest(mut self) -> Vec<u8> {
        let mut all = vec![];
        // However it closes.
        let _ = self.0.read_to_end(&mut all).await;
        all
    }

    async fn answer(&mut self) -> io::Result<Answer> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let mut body = vec![0; length(&head)];
        self.0.read_exact(&mut body).await?;
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Ok(Answer {
            status: status.ok_or(io::ErrorKind::InvalidData)?,
            head,
            body,
        })
    }
}

/// The length of the body that follows a head.
fn length(head: &str) -> usize {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths
        .next()
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0)
}

/// `GET /profile` with what a client holds.
pub fn profile_request(client: &Client) -> Vec<u8> {
    let Credential {
        cookies, access, ..
    } = client.credential();
    let credential = match access {
        Some(token) => format!("Authorization: Bearer {token}"),
        None => format!("Cookie: {}={}", cookies[0].name, cookies[0].value),
    };
    format!("GET /api/auth/profile HTTP/1.1\r\nHost: localhost\r\n{credential}\r\n\r\n").into()
}

/// `POST /login` of a person.
pub fn login_request(person: &Person) -> Vec<u8> {
    let body = person.login().to_string();
    let headers = format!(
        "Content-Type: application/json\r\nContent-Length: {}",
        body.len()
    );
    format!("POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n{body}").into()
}
