//! An SMTP server that answers as a test tells it to: for what no well-behaved server does.

use std::sync::{Arc, Mutex};

use auth_core::{Email, SystemClock};
use auth_mail::{DevMailbox, Message, MessageTransport, transport};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What the server says to a command; an empty answer is silence. `greeting` and `.` stand
/// for the begin of a connection and the end of a mail.
pub type Script = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// A running server and what it heard.
#[derive(Clone)]
pub struct Scripted {
    pub port: u16,
    /// The lines of each connection.
    pub heard: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Scripted {
    pub async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            heard: Arc::default(),
        };
        let heard = server.heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                heard.lock().unwrap().push(vec![]);
                tokio::spawn(converse(stream, script.clone(), heard.clone()));
            }
        });
        server
    }

    /// A server that says yes to all, except that it gives `answer` to `command`.
    pub async fn that_answers(command: &'static str, answer: &'static str) -> Self {
        let script = move |heard: &str| {
            if heard.starts_with(command) {
                answer.to_owned()
            } else {
                polite(heard)
            }
        };
        Self::start(Arc::new(script)).await
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.heard.lock().unwrap().len()
    }

    /// Whether a line of any connection starts so.
    pub fn has_heard(&self, start: &str) -> bool {
        let heard = self.heard.lock().unwrap();
        heard.iter().flatten().any(|line| line.starts_with(start))
    }

    /// All lines of all connections.
    pub fn transcript(&self) -> String {
        self.heard.lock().unwrap().concat().join("\n")
    }
}

/// What a server says that has no objections.
pub fn polite(heard: &str) -> String {
    let answer = match heard.split(' ').next().unwrap_or_default() {
        "greeting" => "220 ready",
        "EHLO" => "250-scripted\r\n250 AUTH PLAIN",
        "AUTH" => "235 welcome",
        "DATA" => "354 go ahead",
        _ => "250 fine",
    };
    answer.to_owned()
}

async fn converse(stream: TcpStream, script: Script, heard: Arc<Mutex<Vec<Vec<String>>>>) {
    let number = heard.lock().unwrap().len() - 1;
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    say(&mut write, &script("greeting")).await;
    while let Ok(Some(line)) = lines.next_line().await {
        heard.lock().unwrap()[number].push(line.clone());
        let answer = script(&line);
        say(&mut write, &answer).await;
        if line == "DATA" && answer.starts_with('3') {
            swallow(&mut lines, &heard, number).await;
            say(&mut write, &script(".")).await;
        }
    }
}

/// Reads a mail up to its end.
async fn swallow(
    lines: &mut Lines<BufReader<OwnedReadHalf>>,
    heard: &Mutex<Vec<Vec<String>>>,
    number: usize,
) {
    while let Ok(Some(line)) = lines.next_line().await {
        let end = line == ".";
        heard.lock().unwrap()[number].push(line);
        if end {
            return;
        }
    }
}

async fn say(write: &mut OwnedWriteHalf, answer: &str) {
    if !answer.is_empty() {
        // The client may be gone, which is its right.
        let _ = write.write_all(format!("{answer}\r\n").as_bytes()).await;
    }
}

/// The mailer for a target.
pub fn mailer_for(target: &str) -> Arc<dyn MessageTransport> {
    let target = target.parse().unwrap();
    let sender = "Accounts <accounts@tea.example.org>".parse().unwrap();
    let unused = DevMailbox::new("unused", Arc::new(SystemClock));
    transport(&target, &sender, &unused).unwrap()
}

/// A message to ada@example.org.
pub fn message(id: &str) -> Message {
    Message {
        id: id.into(),
        to: Email::from_stored("ada@example.org".into()),
        subject: format!("Subject of {id}"),
        text: format!("Text of {id}\n"),
        html: format!("<p>HTML of {id}</p>\n"),
    }
}
