//! A server that answers by a function of the path and the `Authorization` header.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What a bearer strategy says of itself.
const STRATEGY: &str = r#"{"strategy": "jwt", "format": "jwt", "transport": "bearer",
    "token_type": "Bearer", "verification": "required",
    "password": {"min_length": 8, "max_length": 128}, "providers": [],
    "guarantees": {"revocation": "before_answer", "revocation_bound_seconds": 0,
    "store_reads_per_request": 1}}"#;

/// One answer.
pub struct Answer {
    status: u16,
    headers: String,
    body: String,
    delay: Duration,
}

impl Answer {
    pub fn ok(body: &str) -> Self {
        Self::refusal(200, body)
    }

    pub fn refusal(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: String::new(),
            body: body.to_owned(),
            delay: Duration::ZERO,
        }
    }

    pub fn header(mut self, line: &str) -> Self {
        self.headers = format!("{line}\r\n");
        self
    }

    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

/// The server. It ends with the runtime of its test.
pub struct Stub {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    pub async fn start<F>(answer: F) -> Self
    where
        F: Fn(&str, Option<&str>) -> Answer + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, answer) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(answer));
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answer), Arc::clone(&log)));
            }
        });
        Self { address, asked }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn base(&self) -> String {
        format!("{}/api/auth", self.origin())
    }

    /// How often a path was asked for.
    pub fn count(&self, path: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|one| *one == path).count()
    }
}

/// Answers one request and closes the connection.
async fn serve<F>(mut stream: TcpStream, answer: Arc<F>, log: Arc<Mutex<Vec<String>>>)
where
    F: Fn(&str, Option<&str>) -> Answer,
{
    let head = read(&mut stream).await;
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    log.lock().unwrap().push(path.clone());
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let mut named = lines.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let answer = match &*path {
        "/api/auth/strategy" => Answer::ok(STRATEGY),
        path => answer(path, named.next().map(|(_, value)| value)),
    };
    tokio::time::sleep(answer.delay).await;
    let text = format!(
        "HTTP/1.1 {} X\r\n{}Content-Length: {}\r\nConnection: close\r\n\r\n{}",
        answer.status,
        answer.headers,
        answer.body.len(),
        answer.body
    );
    let _ = stream.write_all(text.as_bytes()).await;
}

/// Reads a request to its end, and gives its head.
async fn read(stream: &mut TcpStream) -> String {
    let mut bytes = vec![];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                let is_it = name.eq_ignore_ascii_case("content-length");
                is_it.then(|| value.parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or_default() {
                return head.to_owned();
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(read) if read > 0 => bytes.extend_from_slice(&chunk[..read]),
            _ => return text,
        }
    }
}
