//! Where mail goes: the `--mail` setting.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use auth_core::Mailer;
use auth_core::error::BoxError;

use crate::file_mailer::FileMailer;
use crate::mailbox::DevMailbox;
use crate::sender::Sender;
use crate::smtp::{SmtpMailer, SmtpServer};
use crate::target_error::MailTargetError;

/// Where mail goes. `Display` and `Debug` never show a password.
#[derive(Clone, Debug)]
pub enum MailTarget {
    /// `dev`: into the development mailbox.
    Dev,
    /// `file:DIR`: into a directory, one `.eml` file for each mail.
    File(PathBuf),
    /// `smtp://…` or `smtps://…`: to an SMTP server.
    Smtp(SmtpServer),
}

impl FromStr for MailTarget {
    type Err = MailTargetError;

    fn from_str(text: &str) -> Result<Self, MailTargetError> {
        if text == "dev" {
            return Ok(Self::Dev);
        }
        match text.split_once(':') {
            Some(("file", "")) => Err(MailTargetError("it names no directory")),
            Some(("file", dir)) => Ok(Self::File(dir.into())),
            Some(("smtp" | "smtps", _)) => SmtpServer::parse(text).map(Self::Smtp),
            _ => Err(MailTargetError("it names no known way to deliver mail")),
        }
    }
}

impl fmt::Display for MailTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dev => f.write_str("dev"),
            Self::File(dir) => write!(f, "file:{}", dir.display()),
            Self::Smtp(server) => server.fmt(f),
        }
    }
}

/// A mail target that is well formed but does not work here.
#[derive(Debug, thiserror::Error)]
#[error("--mail {target} can't be used because {problem}")]
pub struct MailerError {
    target: String,
    problem: String,
    source: BoxError,
}

impl MailerError {
    fn new(target: &MailTarget, problem: &str, source: BoxError) -> Self {
        Self {
            target: target.to_string(),
            problem: format!("{problem} ({source})"),
            source,
        }
    }
}

/// The mailer for a target. `mailbox` is where [`MailTarget::Dev`] delivers to.
///
/// # Errors
/// The directory can't be made, or the certification authority that the target names
/// can't be read. An SMTP server that is away is no error: its mail waits in the outbox.
pub fn mailer(
    target: &MailTarget,
    sender: &Sender,
    mailbox: &DevMailbox,
) -> Result<Arc<dyn Mailer>, MailerError> {
    match target {
        MailTarget::Dev => Ok(Arc::new(mailbox.clone())),
        MailTarget::File(dir) => {
            let unwritable = "its directory can't be made; name one that may be written to";
            std::fs::create_dir_all(dir)
                .map_err(|error| MailerError::new(target, unwritable, error.into()))?;
            Ok(Arc::new(FileMailer::new(dir.clone(), sender.clone())))
        }
        MailTarget::Smtp(server) => {
            let untrusted = "TLS can't be set up; let ca name a readable PEM file";
            let mailer = SmtpMailer::new(server, sender.clone())
                .map_err(|error| MailerError::new(target, untrusted, error))?;
            Ok(Arc::new(mailer))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auth_core::SystemClock;

    fn parse(text: &str) -> Result<MailTarget, MailTargetError> {
        text.parse()
    }

    #[test]
    fn reads_every_form() {
        assert!(matches!(parse("dev"), Ok(MailTarget::Dev)));
        let Ok(MailTarget::File(dir)) = parse("file:/var/mail out") else {
            panic!("a directory was refused");
        };
        assert_eq!(dir, PathBuf::from("/var/mail out"));
        for text in [
            "smtp://mail.example.org",
            "smtps://u:p@mail.example.org:465",
        ] {
            assert!(matches!(parse(text), Ok(MailTarget::Smtp(_))), "{text}");
        }
    }

    #[test]
    fn an_error_names_the_setting_and_the_remedy_and_repeats_no_secret() {
        for text in [
            "",
            "Dev",
            "file:",
            "smtp",
            "smtp:",
            "http://example.org",
            "smtps://ada:hunter2@",
            "smtp://ada:hunter2@example.org:port",
            "smtp://ada:hunter2@example.org/path",
            "smtp://ada:hunter2@example.org?tls=perhaps",
            "smtp://ada:hunter2@example.org?TLS=none",
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with("--mail "), "{error}");
            assert!(error.contains("smtp://HOST:PORT"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn no_form_of_output_shows_the_password() {
        let target = parse("smtp://ada:hunter%32@mail.example.org:2525?tls=required").unwrap();
        for shown in [target.to_string(), format!("{target:?}")] {
            assert!(!shown.contains("hunter"), "{shown}");
        }
        assert_eq!(
            target.to_string(),
            "smtp://ada@mail.example.org:2525?tls=required"
        );
    }

    #[test]
    fn a_file_target_makes_its_directory() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("deep/out");
        build(&format!("file:{}", dir.display())).unwrap();
        assert!(dir.is_dir());
    }

    #[test]
    fn a_target_that_does_not_work_here_is_refused_in_one_sentence() {
        let root = tempfile::tempdir().unwrap();
        let blocked = root.path().join("file");
        std::fs::write(&blocked, "").unwrap();
        let garbage = format!("smtps://mail.example.org?ca={}", blocked.display());
        for text in [
            format!("file:{}/sub", blocked.display()),
            "smtps://mail.example.org?ca=/nowhere.pem".to_owned(),
            garbage,
        ] {
            let error = build(&text).err().unwrap().to_string();
            assert!(error.starts_with("--mail "), "{error}");
        }
    }

    fn build(target: &str) -> Result<Arc<dyn Mailer>, MailerError> {
        let sender = "accounts@example.org".parse().unwrap();
        let mailbox = DevMailbox::new("unused", Arc::new(SystemClock));
        mailer(&parse(target).unwrap(), &sender, &mailbox)
    }
}
