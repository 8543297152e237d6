//! Delivery into a directory: one `.eml` file for each mail.

use std::path::PathBuf;

use async_trait::async_trait;
use auth_core::mail::MailError;

use crate::eml;
use crate::files::{off_thread, transient, write_whole};
use crate::message::{Message, MessageTransport};
use crate::sender::Sender;

/// Writes each mail to `{id}.eml`; delivering a mail again replaces its file.
pub(crate) struct FileMailer {
    dir: PathBuf,
    sender: Sender,
}

impl FileMailer {
    /// Delivers into an existing directory.
    pub(crate) fn new(dir: PathBuf, sender: Sender) -> Self {
        Self { dir, sender }
    }
}

#[async_trait]
impl MessageTransport for FileMailer {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let bytes = eml::render(message, &self.sender)?.formatted();
        let (dir, name) = (self.dir.clone(), format!("{}.eml", message.id));
        off_thread(move || write_whole(&dir, &name, &bytes))
            .await
            .map_err(transient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auth_core::Email;

    fn message(id: &str, text: &str) -> Message {
        Message {
            id: id.into(),
            to: Email::from_stored("ada@example.org".into()),
            subject: "Hello".into(),
            text: text.into(),
            html: String::new(),
        }
    }

    fn mailer(dir: PathBuf) -> FileMailer {
        FileMailer::new(dir, "accounts@example.org".parse().unwrap())
    }

    #[tokio::test]
    async fn a_mail_delivered_twice_is_one_file_with_the_latest_text() {
        let dir = tempfile::tempdir().unwrap();
        let mailer = mailer(dir.path().into());
        mailer.send(&message("one", "first try")).await.unwrap();
        mailer.send(&message("one", "second try")).await.unwrap();
        mailer.send(&message("two", "another")).await.unwrap();
        let mut names: Vec<_> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["one.eml", "two.eml"]);
        let text = std::fs::read_to_string(dir.path().join("one.eml")).unwrap();
        assert!(text.contains("Message-ID: <one@example.org>") && text.contains("second try"));
    }

    #[tokio::test]
    async fn an_id_can_not_lead_out_of_the_directory() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        let refused = mailer(inner).send(&message("../escaped", "x")).await;
        assert!(matches!(refused, Err(MailError::Permanent(_))));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn a_missing_directory_is_worth_a_later_try() {
        let dir = tempfile::tempdir().unwrap();
        let failed = mailer(dir.path().join("gone"))
            .send(&message("a", "x"))
            .await;
        assert!(matches!(failed, Err(MailError::Transient(_))));
    }
}
