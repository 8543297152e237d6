//! A mail server that is away delays mail and nothing else.

use std::path::{Path, PathBuf};

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

async fn mail_waits_for_its_server_and_is_delivered_once(on: Deployment) {
    let smtp = Smtp::start().unwrap();
    smtp.stop().unwrap();
    let launch = on.launch().flag("--mail", smtp.url());
    let server = ServerProcess::start(launch).await.unwrap();
    let client = server.client().await.unwrap();
    let people = ["ada", "bob", "eve"].map(Person::new);
    for person in &people {
        client.register(person).await.unwrap().is(202).unwrap();
        client.resend(&person.email).await.unwrap().is(202).unwrap();
    }
    server
        .output()
        .line(|line| line.contains("mail_delayed"))
        .await
        .unwrap();
    client.get("^/health/ready").await.unwrap().ok().unwrap();

    smtp.restart().unwrap();
    on.mail_is_done().await;
    let delivered = Delivered::of(&smtp);
    for person in &people {
        // The registration and the request to send again are a cause each.
        let mails = delivered.to(&person.email).await;
        assert_eq!(mails.len(), 2, "{mails:?}");
        let tokens = mails.iter().map(|mail| mail.token().unwrap());
        let mut works = 0;
        for token in tokens {
            works += usize::from(client.verify(&token).await.unwrap().status == 200);
        }
        assert_eq!(works, 1);
        client
            .login(&person.username, &person.password)
            .await
            .unwrap()
            .ok()
            .unwrap();
    }
}

async fn mail_waits_for_its_server_over_a_kill(on: Deployment) {
    let smtp = Smtp::start().unwrap();
    smtp.stop().unwrap();
    let launch = on.launch().flag("--mail", smtp.url());
    let mut server = ServerProcess::start(launch).await.unwrap();
    let client = server.client().await.unwrap();
    let (ada, bob) = (Person::new("ada"), Person::new("bob"));
    client.register(&ada).await.unwrap().is(202).unwrap();
    server
        .output()
        .line(|line| line.contains("mail_delayed"))
        .await
        .unwrap();
    server.restart().await.unwrap();
    client.register(&bob).await.unwrap().is(202).unwrap();
    server.terminate().await.unwrap();
    server.restart().await.unwrap();

    smtp.restart().unwrap();
    on.mail_is_done().await;
    let delivered = Delivered::of(&smtp);
    for person in [&ada, &bob] {
        let mails = delivered.to(&person.email).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        client
            .verify(&mails[0].token().unwrap())
            .await
            .unwrap()
            .ok()
            .unwrap();
    }
}

/// The mails that a mail server took.
struct Delivered {
    maildir: PathBuf,
    // The mails again, under names that say what they are.
    named: TempDir,
}

impl Delivered {
    fn of(smtp: &Smtp) -> Self {
        let (maildir, named) = (smtp.maildir(), TempDir::new().unwrap());
        Self { maildir, named }
    }

    async fn to(&self, email: &str) -> Vec<Mail> {
        copy_mails(&self.maildir.join("new"), self.named.path());
        MailDir::new(self.named.path()).all(email).await.unwrap()
    }
}

fn copy_mails(from: &Path, to: &Path) {
    for mail in std::fs::read_dir(from).unwrap() {
        let mail = mail.unwrap();
        let name = format!("{}.eml", mail.file_name().to_string_lossy());
        std::fs::copy(mail.path(), to.join(name)).unwrap();
    }
}
