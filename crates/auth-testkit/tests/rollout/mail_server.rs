//! A mail server of one version alone, so that it can be told who delivered.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use auth_testkit::mailbox::MailDir;
use auth_testkit::{Mail, Mailbox};
use tempfile::TempDir;
use test_services::Smtp;
use url::Url;

/// How long a mail may be on its way on a busy machine.
const DELIVERY: Duration = Duration::from_secs(30);

/// A mail server, and the mails that it took.
#[derive(Debug)]
pub struct MailServer {
    smtp: Smtp,
    /// The mails again, under names that say what they are.
    named: TempDir,
    mails: MailDir,
}

impl MailServer {
    pub fn start() -> Result<Self> {
        let named = TempDir::new()?;
        Ok(Self {
            smtp: Smtp::start()?,
            mails: MailDir::new(named.path()),
            named,
        })
    }

    pub fn url(&self) -> String {
        self.smtp.url()
    }

    /// Takes no mail until it comes back.
    pub fn leave(&self) -> Result<()> {
        self.smtp.stop()
    }

    pub fn come_back(&self) -> Result<()> {
        self.smtp.restart()
    }

    /// Waits until it has taken the mail of one kind for somebody; gives the token in its link,
    /// which leads to a page.
    pub async fn token(&self, to: &str, page: &str) -> Result<String> {
        let leads_there = |link: Url| link.path().ends_with(page);
        let wanted = |mail: &Mail| mail.link().is_some_and(leads_there);
        self.wait_for(to, &wanted, DELIVERY).await?.token()
    }

    /// Every mail that it took, by whom it is for and what it is about.
    pub async fn taken(&self, to: &[String]) -> Result<Vec<(String, String)>> {
        let mut taken = vec![];
        for to in to {
            let mails = self.all(to).await?.into_iter();
            taken.extend(mails.map(|mail| (to.clone(), mail.subject)));
        }
        Ok(taken)
    }
}

#[async_trait]
impl Mailbox for MailServer {
    async fn all(&self, to: &str) -> Result<Vec<Mail>> {
        name(&self.smtp.maildir().join("new"), self.named.path())?;
        self.mails.all(to).await
    }
}

fn name(from: &Path, to: &Path) -> std::io::Result<()> {
    let mails = match from.exists() {
        true => Some(std::fs::read_dir(from)?),
        false => None,
    };
    for mail in mails.into_iter().flatten() {
        let mail = mail?;
        let name = format!("{}.eml", mail.file_name().to_string_lossy());
        std::fs::copy(mail.path(), to.join(name))?;
    }
    Ok(())
}
