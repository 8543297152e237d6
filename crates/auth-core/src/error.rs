//! What can go wrong, in the words of the domain.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::time::Duration;

/// A cause of any type.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// A store could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store can't be reached or did not answer in time; a later try may succeed.
    #[error("the store is unavailable")]
    Unavailable(#[source] BoxError),
    /// The store answered with something it should not have.
    #[error("the store failed")]
    Failed(#[source] BoxError),
}

/// Why an account flow or a strategy did not do what was asked.
///
/// The first group are answers to the caller, the last two are faults of ours, and those
/// of a provider are neither's.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// One or more fields break a rule.
    #[error("some fields break a rule")]
    Invalid(Vec<FieldError>),
    /// Somebody else has this username.
    #[error("the username is taken")]
    UsernameTaken,
    /// Somebody else has this e-mail address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// A mailed token is unknown, spent or expired.
    #[error("the token is unknown, spent or expired")]
    InvalidToken,
    /// Unknown account, wrong password or disabled account: deliberately one answer.
    #[error("the identifier or the password is wrong")]
    InvalidCredentials,
    /// The password is right, but the address was never confirmed.
    #[error("the e-mail address is not confirmed")]
    EmailUnverified,
    /// Nobody is signed in.
    #[error("not signed in")]
    Unauthenticated,
    /// A second factor was wrong, or was used before.
    #[error("the second factor is wrong")]
    InvalidFactor,
    /// The second factor was not shown lately enough for what was asked.
    #[error("the second factor has to be shown again")]
    FactorRequired,
    /// Some account has this passkey.
    #[error("some account has this passkey")]
    FactorTaken,
    /// The account has as many factors as it may.
    #[error("the account has too many second factors")]
    TooManyFactors,
    /// The account has to have one.
    #[error("this is the last second factor, and the account has to have one")]
    LastFactor,
    /// The sign-in is too old for what was asked.
    #[error("a fresh sign-in is needed")]
    ReauthRequired,
    /// The way back from a provider is unknown, spent, expired or another browser's.
    #[error("the sign-in at the provider is not one that was begun here")]
    InvalidFlow,
    /// The person said no at the provider.
    #[error("the provider was not allowed to say who you are")]
    AccessDenied,
    /// An account has the address that a provider proved; its owner has to link the two.
    #[error("an account has this e-mail address: sign in to it, then link")]
    LinkRequired,
    /// Another account has this identity.
    #[error("this identity belongs to another account")]
    IdentityTaken,
    /// Who asks is known, and may not.
    #[error("this is not permitted")]
    Forbidden,
    /// The operator's policy says no.
    #[error("this was refused by the operator's policy")]
    RefusedByPolicy {
        /// What it says to the person, if anything.
        message: Option<String>,
    },
    /// Nobody would be an admin any more.
    #[error("this is the last admin, and there has to be one")]
    LastAdmin,
    /// Nobody could sign in to the account any more.
    #[error("this is the last way to sign in")]
    LastSignInMethod,
    /// A provider can't be reached or does not work.
    #[error("the provider is unavailable")]
    ProviderUnavailable(#[source] BoxError),
    /// A provider answered with something that proves nothing.
    #[error("the provider's answer was refused")]
    ProviderFailed(#[source] BoxError),
    /// There is no such thing, or it belongs to somebody else.
    #[error("not found")]
    NotFound,
    /// A limit was reached.
    #[error("too many attempts")]
    TooManyAttempts {
        /// When trying again makes sense.
        retry_after: Duration,
    },
    /// The hashing queue is full or too slow.
    #[error("overloaded")]
    Overloaded {
        /// When trying again makes sense.
        retry_after: Duration,
    },
    /// A store is away, or a list of breached passwords.
    #[error("a store is unavailable")]
    Unavailable(#[source] BoxError),
    /// A fault of ours.
    #[error("internal error")]
    Internal(#[source] BoxError),
}

impl From<StoreError> for AuthError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(cause) => Self::Unavailable(cause),
            StoreError::Failed(cause) => Self::Internal(cause),
        }
    }
}

impl From<FieldError> for Vec<FieldError> {
    fn from(error: FieldError) -> Self {
        vec![error]
    }
}

impl From<FieldError> for AuthError {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

/// One field that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name on the wire.
    pub field: Cow<'static, str>,
    /// The rule it breaks.
    pub code: FieldCode,
    /// The rule in words a person can act on.
    pub detail: String,
}

impl FieldError {
    /// Names the field, the rule and the remedy.
    pub fn new(
        field: impl Into<Cow<'static, str>>,
        code: FieldCode,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            code,
            detail: detail.into(),
        }
    }
}

/// The rules a field can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldCode {
    /// Nothing was given where something is needed.
    Required,
    /// Fewer code points than the minimum.
    TooShort,
    /// More code points than the maximum, or bytes where it says so.
    TooLong,
    /// More objects and lists within each other than the maximum.
    TooDeep,
    /// A character that is not allowed.
    InvalidCharacters,
    /// Not of the form the field needs.
    InvalidFormat,
    /// Looks like another name.
    Confusable,
    /// A name that nobody may take.
    Reserved,
    /// On the list of common passwords.
    TooCommon,
    /// A sequence, a repeat, or derived from common words or the account's own.
    TooGuessable,
    /// On the list of passwords known from data breaches.
    Breached,
    /// The same as before.
    Unchanged,
    /// Not the account's current password.
    WrongPassword,
}

impl FieldCode {
    /// Every code, for descriptions of the contract.
    pub const ALL: [Self; 13] = [
        Self::Required,
        Self::TooShort,
        Self::TooLong,
        Self::TooDeep,
        Self::InvalidCharacters,
        Self::InvalidFormat,
        Self::Confusable,
        Self::Reserved,
        Self::TooCommon,
        Self::TooGuessable,
        Self::Breached,
        Self::Unchanged,
        Self::WrongPassword,
    ];

    /// The code on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::TooDeep => "too_deep",
            Self::InvalidCharacters => "invalid_characters",
            Self::InvalidFormat => "invalid_format",
            Self::Confusable => "confusable",
            Self::Reserved => "reserved",
            Self::TooCommon => "too_common",
            Self::TooGuessable => "too_guessable",
            Self::Breached => "breached",
            Self::Unchanged => "unchanged",
            Self::WrongPassword => "wrong_password",
        }
    }
}

/// Gathers the problems of several fields, so that a caller hears of all at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<FieldError>);

impl Problems {
    /// The value, or nothing after noting what was wrong with it.
    pub fn check<T>(&mut self, parsed: Result<T, FieldError>) -> Option<T> {
        parsed.map_err(|problem| self.0.push(problem)).ok()
    }

    /// The value, or nothing after noting which fields were wrong.
    ///
    /// # Errors
    /// What is no field's fault.
    pub fn gather<T>(&mut self, checked: Result<T, AuthError>) -> Result<Option<T>, AuthError> {
        match checked {
            Ok(value) => Ok(Some(value)),
            Err(AuthError::Invalid(problems)) => {
                self.0.extend(problems);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// The problems as an error; meant for the case that a [`check`](Self::check) found one.
    pub fn into_error(self) -> AuthError {
        AuthError::Invalid(self.0)
    }
}
