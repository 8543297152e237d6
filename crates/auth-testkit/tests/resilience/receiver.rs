//! A receiver of webhooks and hooks, which behaves as a test tells it to.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What a receiver does with whoever calls.
#[derive(Clone, Debug)]
pub enum Manner {
    /// Answers with this.
    Answers(String),
    /// Takes the request and says nothing.
    Hangs,
    /// Answers 200 with a body that does not end.
    Babbles,
}

impl Manner {
    /// This status, with this body.
    pub fn status(status: &str, body: &str) -> Self {
        let length = body.len();
        Self::Answers(format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ))
    }

    /// Takes it.
    pub fn ok() -> Self {
        Self::status("204 No Content", "")
    }

    /// Says that there is nothing, with a header more.
    pub fn with_header(status: &str, header: &str) -> Self {
        Self::Answers(format!(
            "HTTP/1.1 {status}\r\n{header}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ))
    }
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Call {
    head: String,
    /// Its body, byte by byte.
    pub body: String,
}

impl Call {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The id of the message.
    pub fn id(&self) -> &str {
        self.header("webhook-id").unwrap_or_default()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether one of its signatures was made with this secret (Standard Webhooks).
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap());
        let mut mac = Hmac::<Sha256>::new_from_slice(&key.unwrap()).unwrap();
        let timestamp = self.header("webhook-timestamp").unwrap_or_default();
        mac.update(format!("{}.{timestamp}.{}", self.id(), self.body).as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        let signatures = self.header("webhook-signature").unwrap_or_default();
        signatures.split(' ').any(|one| one == expected)
    }

    /// How many signatures it has.
    pub fn signatures(&self) -> usize {
        let signatures = self.header("webhook-signature").unwrap_or_default();
        signatures.split(' ').count()
    }
}

/// Listens until the test ends.
#[derive(Clone)]
pub struct Receiver {
    /// Where.
    pub url: String,
    manner: Arc<Mutex<Manner>>,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Receiver {
    /// One that behaves like this until it is told otherwise.
    pub async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            url: format!("http://{}/hook", listener.local_addr().unwrap()),
            manner: Arc::new(Mutex::new(manner)),
            calls: Arc::default(),
        };
        let answering = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answering.clone().answer(stream));
            }
        });
        receiver
    }

    /// Has it behave like this from now on.
    pub fn be(&self, manner: Manner) {
        *self.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }

    /// All that came so far.
    pub fn calls(&self) -> Vec<Call> {
        let calls = self.calls.lock();
        calls.unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn answer(self, mut stream: TcpStream) {
        let Some(call) = read(&mut stream).await else {
            return;
        };
        let manner = self.manner.lock();
        let manner = manner.unwrap_or_else(PoisonError::into_inner).clone();
        let calls = self.calls.lock();
        calls.unwrap_or_else(PoisonError::into_inner).push(call);
        match manner {
            Manner::Answers(text) => drop(stream.write_all(text.as_bytes()).await),
            Manner::Hangs => {
                // Until whoever called goes away.
                let _ = stream.read_u8().await;
            }
            Manner::Babbles => {
                let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
                let mut sent = stream.write_all(head).await;
                while sent.is_ok() {
                    sent = stream.write_all(&[b'x'; 16 << 10]).await;
                }
            }
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Call> {
    let (mut bytes, mut chunk) = (vec![], [0; 4096]);
    loop {
        let count = stream.read(&mut chunk).await.ok()?;
        bytes.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let call = Call {
                head: head.to_owned(),
                body: body.to_owned(),
            };
            let length: usize = call.header("content-length")?.parse().ok()?;
            if call.body.len() >= length {
                return Some(call);
            }
        }
        if count == 0 {
            return None;
        }
    }
}
