//! Why a text names no place for mail.

/// The text names no place that mail could go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "--mail can't be used because {0}; \
     give dev, file:DIR, smtp://HOST:PORT or smtps://USER:PASSWORD@HOST:PORT"
)]
pub struct MailTargetError(pub(crate) &'static str);
