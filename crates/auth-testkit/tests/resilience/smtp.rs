//! A mail server that is away delays mail and nothing else.

use std::path::{Path, PathBuf};

use anyhow::Result;
use auth_testkit::account::Person;
use auth_testkit::mailbox::MailDir;
use auth_testkit::process::ServerProcess;
use auth_testkit::{Mail, Mailbox as _};
use tempfile::TempDir;
use test_services::Smtp;

use crate::deployment::Deployment;
use crate::on;

on! {
    mail_waits_for_its_server_and_is_delivered_once: session_with_smtp, jwt_with_smtp;
    mail_waits_for_its_server_over_a_kill: session_with_smtp, jwt_with_smtp;
}

async fn mail_waits_for_its_server_and_is_delivered_once(on: Deployment) -> Result<()> {
    let smtp = Smtp::start()?;
    smtp.stop()?;
    let launch = on.launch().flag("--mail", smtp.url());
    let server = ServerProcess::start(launch).await?;
    let client = server.client().await?;
    let people = ["ada", "bob", "eve"].map(Person::new);
    for person in &people {
        client.register(person).await?.is(202)?;
        client.resend(&person.email).await?.is(202)?;
    }
    server
        .output()
        .line(|line| line.contains("mail_delayed"))
        .await?;
    client.get("^/health/ready").await?.ok()?;

    smtp.restart()?;
    on.mail_is_done().await;
    let delivered = Delivered::of(&smtp)?;
    for person in &people {
        // The registration and the request to send again are a cause each.
        let mails = delivered.to(&person.email).await?;
        assert_eq!(mails.len(), 2, "{mails:?}");
        let mut works = 0;
        for mail in &mails {
            works += usize::from(
                client
                    .confirm(&mail.token()?, &person.password)
                    .await?
                    .status
                    == 200,
            );
        }
        assert_eq!(works, 1);
        client
            .login(&person.username, &person.password)
            .await?
            .ok()?;
    }
    Ok(())
}

async fn mail_waits_for_its_server_over_a_kill(on: Deployment) -> Result<()> {
    let smtp = Smtp::start()?;
    smtp.stop()?;
    let launch = on.launch().flag("--mail", smtp.url());
    let mut server = ServerProcess::start(launch).await?;
    let client = server.client().await?;
    let (ada, bob) = (Person::new("ada"), Person::new("bob"));
    client.register(&ada).await?.is(202)?;
    server
        .output()
        .line(|line| line.contains("mail_delayed"))
        .await?;
    server.restart().await?;
    client.register(&bob).await?.is(202)?;
    server.terminate().await?;
    server.restart().await?;

    smtp.restart()?;
    on.mail_is_done().await;
    let delivered = Delivered::of(&smtp)?;
    for person in [&ada, &bob] {
        let mails = delivered.to(&person.email).await?;
        assert_eq!(mails.len(), 1, "{mails:?}");
        client
            .confirm(&mails[0].token()?, &person.password)
            .await?
            .ok()?;
    }
    Ok(())
}

/// The mails that a mail server took.
pub struct Delivered {
    maildir: PathBuf,
    // The mails again, under names that say what they are.
    named: TempDir,
}

impl Delivered {
    pub fn of(smtp: &Smtp) -> Result<Self> {
        let (maildir, named) = (smtp.maildir(), TempDir::new()?);
        Ok(Self { maildir, named })
    }

    /// Those to an address, as they are now.
    pub async fn to(&self, email: &str) -> Result<Vec<Mail>> {
        copy_mails(&self.maildir.join("new"), self.named.path())?;
        MailDir::new(self.named.path()).all(email).await
    }
}

fn copy_mails(from: &Path, to: &Path) -> std::io::Result<()> {
    for mail in std::fs::read_dir(from)? {
        let mail = mail?;
        let name = format!("{}.eml", mail.file_name().to_string_lossy());
        std::fs::copy(mail.path(), to.join(name))?;
    }
    Ok(())
}
