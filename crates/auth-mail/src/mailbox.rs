//! The development mailbox: mails that stay on this machine, for a page that shows them.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use auth_core::mail::MailError;
use auth_core::{Clock, Timestamp};
use serde::{Deserialize, Serialize};

use crate::eml;
use crate::files::{off_thread, transient, write_whole};
use crate::message::{Message, MessageTransport};

/// A mail in the development mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMail {
    /// The message's id; a mail delivered again replaces the one with its id.
    pub id: String,
    /// The recipient's address.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
    /// When it was delivered; RFC 3339 when serialised.
    #[serde(with = "rfc3339")]
    pub sent_at: Timestamp,
}

/// Keeps the latest [`CAPACITY`](Self::CAPACITY) mails as one JSON file each. Servers
/// that share the directory share the mailbox, and it outlives them.
#[derive(Clone)]
pub struct DevMailbox {
    dir: PathBuf,
    clock: Arc<dyn Clock>,
}

/// Files with this end are ours; others are left alone.
const SUFFIX: &str = ".mail.json";

impl DevMailbox {
    /// How many mails are kept.
    pub const CAPACITY: usize = 500;

    /// A mailbox in this directory, which is made when the first mail comes.
    pub fn new(dir: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        let dir = dir.into();
        Self { dir, clock }
    }

    /// The latest mails, newest first, at most `limit`. Files that can't be read as a mail
    /// are passed over.
    ///
    /// # Errors
    /// The directory exists but can't be read.
    pub async fn list(&self, limit: usize) -> io::Result<Vec<StoredMail>> {
        let dir = self.dir.clone();
        let mut mails = off_thread(move || read_all(&dir)).await?;
        mails.sort_by(|a, b| (b.sent_at, &b.id).cmp(&(a.sent_at, &a.id)));
        mails.truncate(limit);
        Ok(mails)
    }

    fn stored(&self, message: &Message) -> StoredMail {
        StoredMail {
            id: message.id.clone(),
            to: message.to.to_string(),
            subject: message.subject.clone(),
            text: message.text.clone(),
            html: message.html.clone(),
            sent_at: self.clock.now(),
        }
    }
}

#[async_trait]
impl MessageTransport for DevMailbox {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        eml::check(message)?;
        let mail = self.stored(message);
        let dir = self.dir.clone();
        off_thread(move || {
            fs::create_dir_all(&dir)?;
            write_whole(
                &dir,
                &format!("{}{SUFFIX}", mail.id),
                &serde_json::to_vec(&mail)?,
            )?;
            prune(&dir)
        })
        .await
        .map_err(transient)
    }
}

/// Our files in the directory; none when there is no directory yet.
fn our_files(dir: &Path) -> io::Result<Vec<DirEntry>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(error),
    };
    Ok(entries.flatten().filter(is_ours).collect())
}

fn is_ours(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().ends_with(SUFFIX)
        && entry.file_type().is_ok_and(|kind| kind.is_file())
}

fn read_all(dir: &Path) -> io::Result<Vec<StoredMail>> {
    let read = |entry: DirEntry| {
        let bytes = fs::read(entry.path()).ok()?;
        serde_json::from_slice(&bytes).ok()
    };
    Ok(our_files(dir)?.into_iter().filter_map(read).collect())
}

/// Deletes the oldest files beyond the capacity. Another server may be doing the same,
/// so a file that is gone already is no failure.
fn prune(dir: &Path) -> io::Result<()> {
    let mut files = our_files(dir)?;
    let Some(surplus) = files.len().checked_sub(DevMailbox::CAPACITY) else {
        return Ok(());
    };
    files.sort_by_cached_key(|entry| (modified(entry), entry.file_name()));
    for entry in files.into_iter().take(surplus) {
        match fs::remove_file(entry.path()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn modified(entry: &DirEntry) -> SystemTime {
    let time = entry.metadata().and_then(|metadata| metadata.modified());
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}

/// A timestamp as RFC 3339 text.
mod rfc3339 {
    use auth_core::Timestamp;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    pub(super) fn serialize<S: Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(time)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(from)?;
        let time = OffsetDateTime::parse(&text, &Rfc3339).map_err(D::Error::custom)?;
        let millis = i64::try_from(time.unix_timestamp_nanos() / 1_000_000);
        Ok(Timestamp::from_millis(millis.map_err(D::Error::custom)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auth_core::Email;
    use std::sync::atomic::{AtomicI64, Ordering};

    /// Each look at this clock is a second later.
    #[derive(Default)]
    struct Ticking(AtomicI64);

    impl Clock for Ticking {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.fetch_add(1000, Ordering::Relaxed))
        }
    }

    fn mailbox(dir: &Path) -> DevMailbox {
        DevMailbox::new(dir, Arc::new(Ticking::default()))
    }

    fn message(id: &str) -> Message {
        Message {
            id: id.into(),
            to: Email::from_stored("ada@example.org".into()),
            subject: format!("Subject of {id}"),
            text: "text".into(),
            html: "<p>html</p>".into(),
        }
    }

    fn ids(mails: &[StoredMail]) -> Vec<&str> {
        mails.iter().map(|mail| mail.id.as_str()).collect()
    }

    #[tokio::test]
    async fn lists_the_newest_first_up_to_the_limit() {
        let dir = tempfile::tempdir().unwrap();
        let mailbox = mailbox(dir.path());
        for id in ["c", "a", "b"] {
            mailbox.send(&message(id)).await.unwrap();
        }
        assert_eq!(ids(&mailbox.list(10).await.unwrap()), ["b", "a", "c"]);
        let newest = mailbox.list(1).await.unwrap();
        assert_eq!(ids(&newest), ["b"]);
        assert_eq!(newest[0].subject, "Subject of b");
        assert_eq!(newest[0].sent_at, Timestamp::from_millis(2000));
    }

    #[tokio::test]
    async fn is_empty_before_the_first_mail_and_makes_its_directory() {
        let dir = tempfile::tempdir().unwrap();
        let mailbox = mailbox(&dir.path().join("deep/mailbox"));
        assert!(mailbox.list(10).await.unwrap().is_empty());
        mailbox.send(&message("a")).await.unwrap();
        assert_eq!(mailbox.list(10).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn another_server_on_the_same_directory_sees_the_same_mails() {
        let dir = tempfile::tempdir().unwrap();
        mailbox(dir.path()).send(&message("a")).await.unwrap();
        let other = mailbox(dir.path());
        assert_eq!(ids(&other.list(10).await.unwrap()), ["a"]);
    }

    #[tokio::test]
    async fn a_mail_delivered_twice_is_there_once() {
        let dir = tempfile::tempdir().unwrap();
        let mailbox = mailbox(dir.path());
        for _ in 0..2 {
            mailbox.send(&message("a")).await.unwrap();
        }
        assert_eq!(ids(&mailbox.list(10).await.unwrap()), ["a"]);
    }

    #[tokio::test]
    async fn half_written_and_foreign_files_are_passed_over_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let mailbox = mailbox(dir.path());
        mailbox.send(&message("a")).await.unwrap();
        fs::write(dir.path().join("torn.mail.json"), "{\"id\":\"torn\",").unwrap();
        fs::write(dir.path().join("notes.json"), "{}").unwrap();
        fs::create_dir(dir.path().join("folder.mail.json")).unwrap();
        assert_eq!(ids(&mailbox.list(10).await.unwrap()), ["a"]);
        mailbox.send(&message("b")).await.unwrap();
        assert!(dir.path().join("notes.json").exists());
    }

    #[tokio::test]
    async fn only_the_latest_mails_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let mailbox = mailbox(dir.path());
        for n in 0..DevMailbox::CAPACITY {
            let name = format!("old-{n:03}{SUFFIX}");
            let old = fs::File::create(dir.path().join(name)).unwrap();
            old.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        }
        mailbox.send(&message("new-1")).await.unwrap();
        mailbox.send(&message("new-2")).await.unwrap();
        assert_eq!(our_files(dir.path()).unwrap().len(), DevMailbox::CAPACITY);
        assert_eq!(ids(&mailbox.list(10).await.unwrap()), ["new-2", "new-1"]);
        assert!(!dir.path().join(format!("old-001{SUFFIX}")).exists());
        assert!(dir.path().join(format!("old-002{SUFFIX}")).exists());
    }

    #[tokio::test]
    async fn a_line_break_in_a_header_part_is_refused_here_too() {
        let dir = tempfile::tempdir().unwrap();
        let bad = Message {
            subject: "x\r\ny".into(),
            ..message("a")
        };
        let refused = mailbox(dir.path()).send(&bad).await;
        assert!(matches!(refused, Err(MailError::Permanent(_))));
    }

    #[test]
    fn times_are_rfc_3339_in_json() {
        let mail = StoredMail {
            id: "a".into(),
            to: "ada@example.org".into(),
            subject: String::new(),
            text: String::new(),
            html: String::new(),
            sent_at: Timestamp::from_millis(1_700_000_000_123),
        };
        let json = serde_json::to_value(&mail).unwrap();
        assert_eq!(json["sent_at"], "2023-11-14T22:13:20.123Z");
        assert_eq!(serde_json::from_value::<StoredMail>(json).unwrap(), mail);
    }
}
