//! How mail leaves.

use std::path::PathBuf;
use std::sync::Arc;

use auth_core::error::BoxError;
use auth_core::{Mailer, SystemClock};
use auth_mail::{DevMailbox, MailTarget, MessageTransport, Sender, TemplateMailer, Templates};

use crate::config::Config;
use crate::stderr_mailer::StderrMailer;

/// How mail leaves.
pub(crate) enum MailWay {
    Mailer(Arc<dyn Mailer>),
    /// With the words of the templates.
    Transport(Arc<dyn MessageTransport>),
}

impl MailWay {
    /// Through a server, as this sender.
    pub(crate) fn smtp(url: &str, sender: &str) -> Result<Self, BoxError> {
        let sender: Sender = sender.parse()?;
        let target: MailTarget = url.parse()?;
        // Only the development mailbox needs one, which this is not for.
        let unused = DevMailbox::new(PathBuf::new(), Arc::new(SystemClock));
        match target {
            MailTarget::Dev => Err("give smtp://HOST:PORT or smtps://USER:PASSWORD@HOST".into()),
            target => {
                let transport = auth_mail::transport(&target, &sender, &unused)?;
                Ok(Self::Transport(transport))
            }
        }
    }

    /// What is done when nothing is said; none where it would show links to strangers.
    pub(crate) fn by_default(config: &Config) -> Option<Self> {
        let way = || Self::Transport(Arc::new(StderrMailer));
        config.is_on_this_machine().then(way)
    }

    pub(crate) fn mailer(self, templates: Arc<dyn Templates>) -> Arc<dyn Mailer> {
        match self {
            Self::Mailer(mailer) => mailer,
            Self::Transport(transport) => Arc::new(TemplateMailer::new(templates, transport)),
        }
    }
}
