//! How answers of a server, and the lack of them, are taken.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use auth_core::mail::MailError;

use crate::aiosmtpd::eventually;
use crate::scripted::{Scripted, mailer_for, message, polite};

async fn failure(command: &'static str, answer: &'static str) -> MailError {
    let server = Scripted::that_answers(command, answer).await;
    let mailer = mailer_for(&format!("smtp://user:password@127.0.0.1:{}", server.port));
    mailer.send(&message("a")).await.unwrap_err()
}

#[tokio::test]
async fn only_the_final_word_on_recipient_or_content_is_permanent() {
    for (command, answer) in [
        ("RCPT", "550 5.1.1 <ada@example.org> is unknown here"),
        ("RCPT", "553 not allowed"),
        (".", "552 too big"),
        (".", "552 5.3.4 too big"),
        (".", "554 it says https://tea.example.org/reset#token=abc"),
    ] {
        let failure = failure(command, answer).await;
        assert!(
            matches!(failure, MailError::Permanent(_)),
            "{command} {answer}"
        );
    }
    for (command, answer) in [
        ("EHLO", "502 what"),
        ("AUTH", "454 4.7.0 later"),
        ("MAIL", "450 later"),
        ("RCPT", "450 mailbox is busy"),
        ("DATA", "554 no"),
        (".", "451 disk full"),
        (".", "what is this"),
    ] {
        let failure = failure(command, answer).await;
        assert!(
            matches!(failure, MailError::Transient(_)),
            "{command} {answer}"
        );
    }
}

#[tokio::test]
async fn a_refusal_of_the_sender_is_not_the_end_of_a_mail() {
    for (command, answer) in [
        ("greeting", "554 go away"),
        ("AUTH", "535 5.7.8 wrong password"),
        ("MAIL", "550 sender is unknown"),
        ("RCPT", "530 5.7.0 log in first"),
        ("RCPT", "550 5.4.5 Daily user sending quota exceeded"),
        ("RCPT", "550 5.7.1 relaying denied"),
        ("RCPT", "550 5.1.8 bad sender's system address"),
        (".", "550 5.4.5 Daily user sending quota exceeded"),
        (".", "550 5.7.26 this mail is unauthenticated"),
    ] {
        let failure = failure(command, answer).await;
        assert!(
            matches!(failure, MailError::SenderRefused(_)),
            "{command} {answer}"
        );
    }
}

#[tokio::test]
async fn a_server_without_ehlo_is_spoken_to_by_helo() {
    let server = Scripted::that_answers("EHLO", "502 what").await;
    let mailer = mailer_for(&format!("smtp://127.0.0.1:{}", server.port));
    mailer.send(&message("a")).await.unwrap();
    assert!(server.has_heard("HELO "), "{}", server.transcript());
}

#[tokio::test]
async fn keywords_of_a_server_have_no_case() {
    let answer = "250-mail.example.org\r\n250 auth login plain";
    let server = Scripted::that_answers("EHLO", answer).await;
    let mailer = mailer_for(&format!("smtp://ada:secret@127.0.0.1:{}", server.port));
    mailer.send(&message("a")).await.unwrap();
    assert!(server.has_heard("AUTH PLAIN "), "{}", server.transcript());
}

#[tokio::test]
async fn an_access_token_logs_in_by_xoauth2() {
    let answer = "250-mail.example.org\r\n250 AUTH PLAIN XOAUTH2";
    let server = Scripted::that_answers("EHLO", answer).await;
    let at = server.port;
    let mailer = mailer_for(&format!("smtp://ada:token@127.0.0.1:{at}?auth=xoauth2"));
    mailer.send(&message("a")).await.unwrap();
    // "user=ada\x01auth=Bearer token\x01\x01"
    let login = "AUTH XOAUTH2 dXNlcj1hZGEBYXV0aD1CZWFyZXIgdG9rZW4BAQ==";
    assert!(server.has_heard(login), "{}", server.transcript());
}

#[tokio::test]
async fn a_failure_shows_the_status_but_none_of_the_servers_words() {
    for (command, answer, shown) in [
        (
            "RCPT",
            "550 5.1.1 <ada@example.org> is unknown",
            "the server answered 550 5.1.1",
        ),
        (
            ".",
            "554 it links to https://x/#token=abc",
            "the server answered 554",
        ),
        (
            ".",
            "<ada@example.org> is unknown",
            "the server's answer is not SMTP",
        ),
    ] {
        let failure = failure(command, answer).await;
        assert_eq!(failure.source().unwrap().to_string(), shown);
        let debug = format!("{failure:?}");
        assert!(
            !debug.contains("ada@") && !debug.contains("token"),
            "{debug}"
        );
    }
}

#[tokio::test]
async fn a_connection_is_used_again_for_the_next_mail() {
    let server = Scripted::start(Arc::new(polite)).await;
    let mailer = mailer_for(&format!("smtp://127.0.0.1:{}", server.port));
    for id in ["a", "b", "c"] {
        mailer.send(&message(id)).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
    assert_eq!(server.transcript().matches("MAIL FROM").count(), 3);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced() {
    let server = Scripted::that_answers("NOOP", "421 closing").await;
    let mailer = mailer_for(&format!("smtp://127.0.0.1:{}", server.port));
    for id in ["a", "b"] {
        mailer.send(&message(id)).await.unwrap();
    }
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_delivery_cut_short_leaves_no_trace_in_the_next_one() {
    for stage in ["RCPT", "DATA", "."] {
        let silent = Arc::new(AtomicBool::new(true));
        let mute = silent.clone();
        let script = move |heard: &str| {
            if heard.starts_with(stage) && mute.load(Ordering::SeqCst) {
                String::new()
            } else {
                polite(heard)
            }
        };
        let server = Scripted::start(Arc::new(script)).await;
        let mailer = mailer_for(&format!("smtp://127.0.0.1:{}", server.port));
        let cut_short = message("cut-short");
        tokio::select! {
            result = mailer.send(&cut_short) => panic!("{result:?} in silence"),
            () = eventually(|| async { server.has_heard(stage).then_some(()) }) => {}
        }
        silent.store(false, Ordering::SeqCst);
        mailer.send(&message("next-one")).await.unwrap();
        assert_eq!(server.connections(), 2);
        let heard = server.heard.lock().unwrap();
        assert!(
            !heard[0].iter().any(|line| line.contains("next-one")),
            "{heard:?}"
        );
        assert!(
            !heard[1].iter().any(|line| line.contains("cut-short")),
            "{heard:?}"
        );
    }
}

#[tokio::test]
async fn a_password_is_not_sent_in_the_clear_to_another_machine() {
    let server = Scripted::start(Arc::new(polite)).await;
    // This address reaches this machine without being a loopback address.
    let mailer = mailer_for(&format!("smtp://user:password@0.0.0.0:{}", server.port));
    let failure = mailer.send(&message("a")).await.unwrap_err();
    assert!(matches!(failure, MailError::Transient(_)));
    assert!(
        !server.transcript().contains("AUTH"),
        "{}",
        server.transcript()
    );
}

#[tokio::test]
async fn nothing_is_sent_to_a_server_without_the_required_encryption() {
    let server = Scripted::start(Arc::new(polite)).await;
    let mailer = mailer_for(&format!("smtp://127.0.0.1:{}?tls=required", server.port));
    let failure = mailer.send(&message("a")).await.unwrap_err();
    assert!(matches!(failure, MailError::Transient(_)));
    assert!(
        !server.transcript().contains("MAIL"),
        "{}",
        server.transcript()
    );
}

#[tokio::test]
async fn a_line_break_in_a_header_part_never_reaches_the_server() {
    let server = Scripted::start(Arc::new(polite)).await;
    let mailer = mailer_for(&format!("smtp://127.0.0.1:{}", server.port));
    let mut forged = message("a");
    forged.subject = "x\r\nBcc: eve@example.org".into();
    let refused = mailer.send(&forged).await;
    assert!(matches!(refused, Err(MailError::Permanent(_))));
    assert_eq!(server.connections(), 0);
}
