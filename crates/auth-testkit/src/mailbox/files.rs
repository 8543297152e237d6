//! A directory into which a server writes each mail as an `.eml` file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use mail_parser::{MessageParser, PartType};

use super::{Mail, Mailbox};

/// Reads `.eml` files, each of them once.
#[derive(Debug)]
pub struct MailDir {
    dir: PathBuf,
    read: Mutex<BTreeMap<PathBuf, Mail>>,
}

impl MailDir {
    /// The mails in a directory; it may come into being later.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            read: Mutex::default(),
        }
    }

    fn read_new(&self, read: &mut BTreeMap<PathBuf, Mail>) -> Result<()> {
        if !self.dir.exists() {
            return Ok(());
        }
        for entry in std::fs::read_dir(&self.dir)? {
            let path = entry?.path();
            let is_mail = path.extension().is_some_and(|extension| extension == "eml");
            if is_mail && !read.contains_key(&path) {
                // A file that is still being written reads as none and is tried again.
                if let Some(mail) = parse(&path)? {
                    read.insert(path, mail);
                }
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Mailbox for MailDir {
    async fn all(&self, to: &str) -> Result<Vec<Mail>> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        self.read_new(&mut read)?;
        let mine = read
            .values()
            .filter(|mail| mail.to.eq_ignore_ascii_case(to));
        Ok(mine.cloned().collect())
    }
}

fn parse(path: &Path) -> Result<Option<Mail>> {
    let bytes = std::fs::read(path).with_context(|| format!("{} is unreadable", path.display()))?;
    let Some(message) = MessageParser::default().parse(&bytes) else {
        return Ok(None);
    };
    let to = message
        .to()
        .and_then(|to| to.first())
        .and_then(|to| to.address());
    let part = |wanted: fn(&PartType<'_>) -> Option<String>| {
        message.parts.iter().find_map(|part| wanted(&part.body))
    };
    let text = part(|body| match body {
        PartType::Text(text) => Some(text.to_string()),
        _ => None,
    });
    let html = part(|body| match body {
        PartType::Html(html) => Some(html.to_string()),
        _ => None,
    });
    let (Some(to), Some(text), Some(html)) = (to, text, html) else {
        return Ok(None);
    };
    Ok(Some(Mail {
        id: path.display().to_string(),
        to: to.to_owned(),
        subject: message.subject().unwrap_or_default().to_owned(),
        text,
        html,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EML: &str = "From: auth@example.org\r\n\
        To: Ada <ada@example.org>\r\n\
        Subject: =?utf-8?q?Best=C3=A4tigen?=\r\n\
        MIME-Version: 1.0\r\n\
        Content-Type: multipart/alternative; boundary=\"b\"\r\n\r\n\
        --b\r\n\
        Content-Type: text/plain; charset=utf-8\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\r\n\
        http://127.0.0.1:4001/verify#token=3D=\r\nabc\r\n\
        --b\r\n\
        Content-Type: text/html; charset=utf-8\r\n\r\n\
        <p>Hello</p>\r\n\
        --b--\r\n";

    #[tokio::test]
    async fn mails_are_decoded_and_found_by_receiver() {
        let dir = tempfile::tempdir().unwrap();
        let mailbox = MailDir::new(dir.path());
        assert!(mailbox.all("ada@example.org").await.unwrap().is_empty());
        std::fs::write(dir.path().join("1.eml"), EML).unwrap();
        std::fs::write(dir.path().join("2.tmp"), EML).unwrap();
        std::fs::write(dir.path().join("3.eml"), "To: half").unwrap();
        let mails = mailbox.all("ADA@example.org").await.unwrap();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].subject, "Bestätigen");
        assert_eq!(mails[0].token().unwrap(), "abc");
        assert!(mails[0].html.contains("<p>Hello</p>"));
        assert!(mailbox.all("bob@example.org").await.unwrap().is_empty());
    }
}
