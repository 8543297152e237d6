//! Delivery to a real server.

use std::path::{Path, PathBuf};

use auth_core::mail::MailError;
use rcgen::CertifiedKey;
use test_services::{given, not_run};

use crate::aiosmtpd::{Aiosmtpd, MAILBOX, MISSING, Received, maildir, received};
use crate::scripted::{mailer_for, message};

fn find(maildir: &Path, id: &str) -> Received {
    let mut found: Vec<_> = received(maildir);
    found.retain(|mail| mail.id == format!("{id}@tea.example.org"));
    assert_eq!(found.len(), 1, "{id} was received {} times", found.len());
    found.remove(0)
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let name = "a_mail_arrives_as_it_was_written";
    let Some(url) = given("TEST_SMTP_URL", name) else {
        return;
    };
    let Some(maildir) = given("TEST_SMTP_MAILDIR", name) else {
        return;
    };
    let link = format!("https://tea.example.org/verify#token={}", "x".repeat(43));
    let mut mail = message(&format!("arrives-{}", std::process::id()));
    mail.subject = "Grüße, a long subject that has to be folded somewhere on its way".into();
    mail.text = format!("Zoë\n.\n..\n{link}\nlast line\n");
    mail.html = format!("<p>Zoë</p>\n<a href=\"{link}\">{link}</a>\n");
    mailer_for(&url).send(&mail).await.unwrap();
    let got = find(Path::new(&maildir), &mail.id);
    assert_eq!(got.text.replace("\r\n", "\n"), mail.text);
    assert_eq!(got.html.replace("\r\n", "\n"), mail.html);
    assert_eq!(got.header("To"), "ada@example.org");
    assert_eq!(got.header("From"), "Accounts <accounts@tea.example.org>");
    assert_eq!(got.header("Auto-Submitted"), "auto-generated");
    assert_eq!(got.header("X-RcptTo"), "ada@example.org");
    assert!(got.header("Date").ends_with("+0000"));
}

/// A certificate for this machine, as files.
struct Certificate {
    _dir: tempfile::TempDir,
    cert: PathBuf,
    key: PathBuf,
}

impl Certificate {
    fn new() -> Self {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let (cert_file, key_file) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
        std::fs::write(&cert_file, cert.pem()).unwrap();
        std::fs::write(&key_file, signing_key.serialize_pem()).unwrap();
        Self {
            _dir: dir,
            cert: cert_file,
            key: key_file,
        }
    }

    fn cert(&self) -> &str {
        self.cert.to_str().unwrap()
    }

    fn key(&self) -> &str {
        self.key.to_str().unwrap()
    }
}

#[tokio::test]
async fn starttls_and_login_work_together() {
    let (_root, maildir) = maildir();
    let certificate = Certificate::new();
    let options = [
        "--tlscert",
        certificate.cert(),
        "--tlskey",
        certificate.key(),
    ];
    let started = Aiosmtpd::start_listening("guarded.Guarded", &maildir, &options).await;
    let Some((_server, port)) = started else {
        return not_run("starttls_and_login_work_together", MISSING);
    };
    let url = |password, tls: &str| {
        format!("smtp://ada%40example.org:{password}@localhost:{port}?tls={tls}")
    };
    let ca = format!("&ca={}", certificate.cert());
    for tls in ["required", "opportunistic"] {
        let mailer = mailer_for(&(url("p%2Fw%3Ax", tls) + &ca));
        mailer.send(&message(tls)).await.unwrap();
        find(&maildir, tls);
    }
    let cases = [
        ("a wrong password", url("wrong", "required") + &ca),
        ("an unknown certificate", url("p%2Fw%3Ax", "required")),
        ("an unknown certificate", url("p%2Fw%3Ax", "opportunistic")),
        ("no encryption", url("p%2Fw%3Ax", "none")),
    ];
    for (case, url) in cases {
        let failure = mailer_for(&url)
            .send(&message("refused"))
            .await
            .unwrap_err();
        let is_tried_again = !matches!(failure, MailError::Permanent(_));
        assert!(is_tried_again, "{case}");
    }
    assert_eq!(received(&maildir).len(), 2);
}

#[tokio::test]
async fn smtps_encrypts_from_the_start_and_checks_the_certificate() {
    let (_root, maildir) = maildir();
    let certificate = Certificate::new();
    let options = [
        "--smtpscert",
        certificate.cert(),
        "--smtpskey",
        certificate.key(),
    ];
    let started = Aiosmtpd::start_listening(MAILBOX, &maildir, &options).await;
    let Some((_server, port)) = started else {
        return not_run(
            "smtps_encrypts_from_the_start_and_checks_the_certificate",
            MISSING,
        );
    };
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("smtps://{host}:{port}?ca={}", certificate.cert());
        let id = host.replace('.', "-");
        mailer_for(&url).send(&message(&id)).await.unwrap();
        find(&maildir, &id);
    }
    let stranger = mailer_for(&format!("smtps://localhost:{port}"));
    let failure = stranger.send(&message("refused")).await;
    assert!(matches!(failure, Err(MailError::Transient(_))));
}
