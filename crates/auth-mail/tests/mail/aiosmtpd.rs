//! aiosmtpd (Debian: python3-aiosmtpd), an SMTP server that keeps mails in a Maildir.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mail_parser::MessageParser;
use tempfile::TempDir;

/// A running aiosmtpd; it ends with this value.
pub struct Aiosmtpd {
    child: Child,
}

impl Aiosmtpd {
    /// Starts it on this port; `None` when it is not installed.
    pub fn start(port: u16, handler: &str, maildir: &Path, options: &[&str]) -> Option<Self> {
        let child = Command::new("aiosmtpd")
            .env(
                "PYTHONPATH",
                concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail"),
            )
            .args(["-n", "-l", &format!("127.0.0.1:{port}"), "-c", handler])
            .args(options)
            .arg(maildir)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        child.ok().map(|child| Self { child })
    }

    /// Starts it on a free port and waits until it listens.
    pub async fn start_listening(
        handler: &str,
        maildir: &Path,
        options: &[&str],
    ) -> Option<(Self, u16)> {
        let port = free_port();
        let server = Self::start(port, handler, maildir, options)?;
        let listens = || async {
            tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .ok()
        };
        eventually(listens).await;
        Some((server, port))
    }
}

impl Drop for Aiosmtpd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Why a test did not run.
pub const MISSING: &str = "aiosmtpd is not on the PATH";

/// Keeps every mail.
pub const MAILBOX: &str = "aiosmtpd.handlers.Mailbox";

/// A directory for a Maildir that is not there yet.
pub fn maildir() -> (TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let maildir = root.path().join("mail");
    (root, maildir)
}

/// A port that nothing listens on and that the system gives to nobody by itself, so that
/// it stays free for a while: one below the range of ephemeral ports. It is not bound to
/// find out, since a process that starts meanwhile would inherit the listener for a moment.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let n = std::process::id() * 16 + NEXT.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(20_000 + n % 12_000).unwrap();
        if TcpStream::connect(("127.0.0.1", port)).is_err() {
            return port;
        }
    }
}

/// A mail as its reader sees it.
pub struct Received {
    pub id: String,
    pub headers: Vec<(String, String)>,
    pub text: String,
    pub html: String,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        let mut values = self.headers.iter().filter(|(found, _)| found == name);
        let (_, value) = values.next().expect("the mail has the header");
        assert!(values.next().is_none(), "{name} is there twice");
        value
    }
}

/// The mails in a Maildir.
pub fn received(maildir: &Path) -> Vec<Received> {
    let Ok(files) = std::fs::read_dir(maildir.join("new")) else {
        return vec![];
    };
    files
        .map(|file| read(&std::fs::read(file.unwrap().path()).unwrap()))
        .collect()
}

fn read(bytes: &[u8]) -> Received {
    let mail = MessageParser::default().parse(bytes).unwrap();
    let headers = mail.headers_raw();
    Received {
        id: mail.message_id().unwrap().to_owned(),
        headers: headers
            .map(|(name, value)| (name.into(), value.trim().into()))
            .collect(),
        text: mail.body_text(0).unwrap().into_owned(),
        html: mail.body_html(0).unwrap().into_owned(),
    }
}

/// Asks until there is an answer.
pub async fn eventually<T, F: Future<Output = Option<T>>>(ask: impl Fn() -> F) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asking)
        .await
        .expect("it happens in time")
}
