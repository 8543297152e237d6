//! Why a command did not do what it was told.

use std::fmt;

use auth_core::{AuthError, StoreError};

/// The exit codes of failures; 0 says that all is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It was tried and did not work.
    Failed = 1,
    /// It was not tried: wrong usage, or not confirmed.
    Refused = 2,
    /// What it is about does not exist.
    NotFound = 3,
}

/// A failure that says in one sentence what to do about it.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What machines switch on.
    pub code: &'static str,
    /// What people read.
    pub message: String,
}

impl Failure {
    /// Something was tried and did not work.
    pub fn failed(code: &'static str, message: impl fmt::Display) -> Self {
        Self::new(Exit::Failed, code, message)
    }

    /// The command line does not say what is needed.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::new(Exit::Refused, "usage", message)
    }

    /// Nobody has confirmed what would destroy something.
    pub fn not_confirmed(message: impl fmt::Display) -> Self {
        Self::new(Exit::Refused, "not_confirmed", message)
    }

    /// There is no such thing.
    pub fn not_found(message: impl fmt::Display) -> Self {
        Self::new(Exit::NotFound, "not_found", message)
    }

    /// Sentences come from many places, some with a full stop and some without.
    fn new(exit: Exit, code: &'static str, message: impl fmt::Display) -> Self {
        let message = message.to_string();
        let message = format!("{}.", message.trim_end_matches('.'));
        Self {
            exit,
            code,
            message,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Finds the failure in an error, or says what can be said of any other error.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(failure) => failure,
            Err(error) if is_unavailable(&error) => {
                let remedy = "check that it runs and that the settings name the right one";
                Self::failed("unavailable", format!("{error:#}; {remedy}"))
            }
            Err(error) => match error.downcast::<AuthError>() {
                Ok(error) => error.into(),
                Err(error) => Self::failed("failed", format!("{error:#}")),
            },
        }
    }
}

/// What a flow does not do for an operator, and the remedy.
impl From<AuthError> for Failure {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Invalid(problems) => Self::failed("invalid", listed(&problems)),
            AuthError::NotFound => {
                Self::not_found("there is no such user: see `authctl user list`")
            }
            AuthError::UsernameTaken => {
                let message = "the username is taken: choose another one";
                Self::failed("username_taken", message)
            }
            AuthError::EmailTaken => {
                let message = "the e-mail address is taken: choose another one";
                Self::failed("email_taken", message)
            }
            AuthError::LastAdmin => {
                let message = "this is the last admin, and there has to be one: give somebody \
                               else the role with `authctl user role USER admin` first";
                Self::failed("last_admin", message)
            }
            other => Self::failed("failed", format!("{:#}", anyhow::Error::from(other))),
        }
    }
}

/// Whether a store is away.
fn is_unavailable(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let store = cause.downcast_ref::<StoreError>();
        let domain = cause.downcast_ref::<AuthError>();
        matches!(store, Some(StoreError::Unavailable(_)))
            || matches!(domain, Some(AuthError::Unavailable(_)))
    })
}

/// Every field with its problem.
fn listed(problems: &[auth_core::FieldError]) -> String {
    let problem = |problem: &auth_core::FieldError| {
        let detail = problem.detail.trim_end_matches('.');
        format!("{}: {detail}", problem.field)
    };
    let problems: Vec<_> = problems.iter().map(problem).collect();
    problems.join("; ")
}

#[cfg(test)]
mod tests {
    use auth_core::{FieldCode, FieldError};

    use super::*;

    #[test]
    fn every_message_ends_in_one_full_stop() {
        for message in ["Try again", "Try again.", "Try again..."] {
            assert_eq!(Failure::usage(message).message, "Try again.");
        }
    }

    #[test]
    fn a_failure_survives_its_way_through_other_errors() {
        let failure = Failure::from(anyhow::Error::from(Failure::not_found("No such user")));
        assert_eq!((failure.exit, failure.code), (Exit::NotFound, "not_found"));
    }

    #[test]
    fn a_store_that_is_away_is_told_from_one_that_failed() {
        let away = anyhow::Error::from(StoreError::Unavailable("refused".into()));
        let failure = Failure::from(away.context("the database can't be reached"));
        assert_eq!(failure.code, "unavailable");
        assert!(failure.message.contains("refused"), "{failure}");
        let broken = anyhow::Error::from(StoreError::Failed("odd".into()));
        assert_eq!(Failure::from(broken).code, "failed");
    }

    #[test]
    fn every_broken_rule_is_named() {
        let problem = |field, detail: &str| FieldError::new(field, FieldCode::Required, detail);
        let problems = vec![
            problem("email", "Needed."),
            problem("password", "Too short."),
        ];
        let failure = Failure::from(anyhow::Error::from(AuthError::Invalid(problems)));
        assert_eq!(failure.code, "invalid");
        assert_eq!(failure.message, "email: Needed; password: Too short.");
    }
}
