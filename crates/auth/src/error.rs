//! Why a start is refused.

use auth_core::error::BoxError;

/// Why authentication can't start. `Display` is a sentence that says what to mend; the cause
/// is the `source`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The first connection or a migration fails, or the role may not change the schema.
    #[error("the database {url} can't be brought up to date")]
    Outdated {
        /// Which, without its password.
        url: String,
        /// Why.
        source: BoxError,
    },
    /// The schema is of an earlier version, and left to somebody else.
    #[error("the database {url} lacks the migrations {migrations}")]
    Pending {
        /// Which, without its password.
        url: String,
        /// The versions that are missing, the oldest first.
        migrations: String,
    },
    /// The database can't be used, although it is up to date.
    #[error("the database {url} {problem}")]
    Database {
        /// Which, without its password.
        url: String,
        /// What is wrong with it.
        problem: &'static str,
        /// Why.
        source: BoxError,
    },
    /// Redis can't be reached or is unfit.
    #[error("the Redis that keeps sessions can't be used")]
    SessionStore(#[source] BoxError),
    /// The strategy can't be used as it is set up.
    #[error("the strategy can't be used")]
    Strategy(#[source] BoxError),
    /// No thread that hashes passwords could be started.
    #[error("passwords can't be hashed")]
    Hashing(#[source] BoxError),
    /// Mail is needed where others than this machine are served.
    #[error(
        "mail is needed where others than this machine are served: \
         give AuthBuilder::smtp or AuthBuilder::mailer"
    )]
    MailNeeded,
    /// Mail can't be sent as it is set up.
    #[error("mail can't be sent")]
    Mail(#[source] BoxError),
    /// Something that was set contradicts itself.
    #[error("{0}")]
    Setting(String),
}
