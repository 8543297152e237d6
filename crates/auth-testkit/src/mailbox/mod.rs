//! Where the server's mail can be read.

mod dev;
mod files;

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use tokio::time::{Instant, sleep};
use url::Url;

pub use dev::DevMailbox;
pub use files::MailDir;

/// A mail as its receiver sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Names the mail.
    pub id: String,
    /// Who it is for.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
}

impl Mail {
    /// The link that carries a one-time token in its fragment, if there is one.
    pub fn link(&self) -> Option<Url> {
        links(&self.text).find(|url| token_in(url).is_some())
    }

    /// The one-time token in the link's fragment.
    ///
    /// # Errors
    /// When the mail has no such link.
    pub fn token(&self) -> Result<String> {
        let token = self.link().as_ref().and_then(token_in);
        token.with_context(|| format!("{:?} has no link with a token", self.subject))
    }
}

/// The links in a text.
fn links(text: &str) -> impl Iterator<Item = Url> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\''));
    words
        .filter(|word| word.starts_with("http"))
        .filter_map(|word| word.parse().ok())
}

/// The value of `token` in a link's fragment.
fn token_in(url: &Url) -> Option<String> {
    let pairs = url.fragment()?.split('&');
    let mut tokens = pairs.filter_map(|pair| pair.strip_prefix("token="));
    tokens.next().map(str::to_owned)
}

/// Whether a mail is the one waited for.
pub type Wanted<'a> = &'a (dyn Fn(&Mail) -> bool + Send + Sync);

/// A place where the server's mail can be read.
#[async_trait]
pub trait Mailbox: std::fmt::Debug + Send + Sync {
    /// Every mail to this address.
    async fn all(&self, to: &str) -> Result<Vec<Mail>>;

    /// Waits for a mail to this address that `wanted` accepts.
    async fn wait_for(&self, to: &str, wanted: Wanted<'_>, timeout: Duration) -> Result<Mail> {
        let deadline = Instant::now() + timeout;
        loop {
            let mails = self.all(to).await?;
            let subjects: Vec<_> = mails.iter().map(|mail| mail.subject.clone()).collect();
            if let Some(mail) = mails.into_iter().find(|mail| wanted(mail)) {
                return Ok(mail);
            }
            anyhow::ensure!(
                Instant::now() < deadline,
                "the awaited mail to {to} did not come; there are {subjects:?}"
            );
            sleep(POLL).await;
        }
    }
}

const POLL: Duration = Duration::from_millis(40);

/// How long a mail may be on its way.
const DELIVERY: Duration = Duration::from_secs(20);

/// One person's mail, read in the order in which the case asks for it.
#[derive(Debug)]
pub struct Inbox<'a> {
    mailbox: &'a dyn Mailbox,
    to: String,
    read: BTreeSet<String>,
}

impl<'a> Inbox<'a> {
    /// Opens an inbox; what lies in it already counts as read.
    ///
    /// # Errors
    /// When the mailbox can't be read.
    pub async fn open(mailbox: &'a dyn Mailbox, to: &str) -> Result<Self> {
        let read = mailbox.all(to).await?.into_iter().map(|mail| mail.id);
        Ok(Self {
            mailbox,
            to: to.to_owned(),
            read: read.collect(),
        })
    }

    /// Waits for an unread mail with a one-time token, and gives the token.
    ///
    /// # Errors
    /// When none comes.
    pub async fn token(&mut self) -> Result<String> {
        self.next(&|mail| mail.link().is_some()).await?.token()
    }

    /// Waits for an unread mail without a one-time token.
    ///
    /// # Errors
    /// When none comes.
    pub async fn notice(&mut self) -> Result<Mail> {
        self.next(&|mail| mail.link().is_none()).await
    }

    /// Waits for an unread mail of a kind.
    ///
    /// # Errors
    /// When none comes.
    pub async fn next(&mut self, wanted: Wanted<'_>) -> Result<Mail> {
        let read = &self.read;
        let unread = |mail: &Mail| !read.contains(&mail.id) && wanted(mail);
        let mail = self.mailbox.wait_for(&self.to, &unread, DELIVERY).await?;
        self.read.insert(mail.id.clone());
        Ok(mail)
    }

    /// The mails that nobody asked for yet.
    ///
    /// # Errors
    /// When the mailbox can't be read.
    pub async fn unread(&self) -> Result<Vec<Mail>> {
        let mut mails = self.mailbox.all(&self.to).await?;
        mails.retain(|mail| !self.read.contains(&mail.id));
        Ok(mails)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(text: &str) -> Mail {
        Mail {
            id: "1".into(),
            to: "ada@example.org".into(),
            subject: "Hello".into(),
            text: text.into(),
            html: String::new(),
        }
    }

    #[test]
    fn the_token_is_in_the_fragment() {
        let text = "Confirm:\n\n<http://127.0.0.1:4001/verify#token=AbC-_123>\n\nBye";
        assert_eq!(mail(text).token().unwrap(), "AbC-_123");
        let text = "https://auth.example.org/reset?x=1#a=b&token=T";
        assert_eq!(mail(text).token().unwrap(), "T");
    }

    #[test]
    fn a_token_anywhere_else_is_none() {
        for text in [
            "http://127.0.0.1/verify?token=abc",
            "#token=abc",
            "http://127.0.0.1/sign-in",
            "",
        ] {
            assert!(mail(text).token().is_err(), "{text}");
        }
    }

    #[derive(Debug)]
    struct Fixed(Vec<Mail>);

    #[async_trait]
    impl Mailbox for Fixed {
        async fn all(&self, _: &str) -> Result<Vec<Mail>> {
            Ok(self.0.clone())
        }
    }

    #[tokio::test]
    async fn waiting_ends_with_the_mail_or_at_the_deadline() {
        let fixed = Fixed(vec![mail("hello")]);
        let soon = Duration::from_millis(1);
        assert!(
            fixed
                .wait_for("a", &|m| m.text == "hello", soon)
                .await
                .is_ok()
        );
        assert!(fixed.wait_for("a", &|_| false, soon).await.is_err());
    }

    #[tokio::test]
    async fn a_read_mail_is_not_read_again() {
        let fixed = Fixed(vec![mail("http://h/#token=one")]);
        assert!(
            Inbox::open(&fixed, "a")
                .await
                .unwrap()
                .unread()
                .await
                .unwrap()
                .is_empty()
        );
        let mut inbox = Inbox {
            mailbox: &fixed,
            to: "a".into(),
            read: BTreeSet::new(),
        };
        assert_eq!(inbox.token().await.unwrap(), "one");
        assert!(inbox.unread().await.unwrap().is_empty());
    }
}
