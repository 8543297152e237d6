//! A mail server that keeps what it gets.

use std::path::PathBuf;
use std::process::Command;

use rustix::process::Signal;

use crate::server::throwaway;
use crate::{Place, Server, Service, Software, Variable};

/// aiosmtpd, which takes every mail and puts it into a Maildir.
pub static SMTP: Service = Service {
    name: "SMTP",
    url: Variable {
        name: "TEST_SMTP_URL",
        value: |place| format!("smtp://127.0.0.1:{}", place.port()),
    },
    also: &[Variable {
        name: "TEST_SMTP_MAILDIR",
        value: |place| maildir(place).display().to_string(),
    }],
    software: Software::debian(&["python3-aiosmtpd"], &["aiosmtpd"]),
    prepare: |_| Ok(()),
    command: aiosmtpd,
    is_ready: |place| place.answers(b"", b"220 "),
    stop: Signal::TERM,
    discard: Signal::KILL,
};

/// A throwaway mail server.
#[derive(Debug)]
pub struct Smtp(Server);

throwaway!(Smtp is SMTP);

impl Smtp {
    /// The Maildir with the mails it took: one file each under `new`.
    pub fn maildir(&self) -> PathBuf {
        maildir(self.place())
    }
}

fn maildir(place: &Place) -> PathBuf {
    place.folder().join("mail")
}

fn aiosmtpd(place: &Place) -> Command {
    let mut command = place.command("aiosmtpd");
    command
        .args(["--nosetuid", "--class", "aiosmtpd.handlers.Mailbox"])
        .arg(maildir(place))
        .arg("--listen")
        .arg(format!("127.0.0.1:{}", place.port()));
    command
}
