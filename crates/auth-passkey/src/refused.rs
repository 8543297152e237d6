//! Why an answer proves nothing.

/// Why an answer of an authenticator is refused (WebAuthn L3, 7.1 and 7.2).
///
/// The texts are for logs and repeat nothing that was sent. A person needs to know only that it
/// did not work; whoever tries to break in should learn no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// A part is missing, too long, or not of its format; this names it.
    #[error("the answer is malformed: {0}")]
    Malformed(&'static str),
    /// It answers the other ceremony, or is no public-key credential.
    #[error("the answer is of another type")]
    Type,
    /// It answers another challenge.
    #[error("the answer is to another challenge")]
    Challenge,
    /// It was made on a page of another origin: phishing, or an origin that is not configured.
    #[error("the answer was made on a page of another origin")]
    Origin,
    /// It was made in a frame of a page of another origin.
    #[error("the answer was made in a frame of a page of another origin")]
    CrossOrigin,
    /// It is for another relying party.
    #[error("the answer is for another relying party")]
    RpId,
    /// Nobody confirmed it at the authenticator.
    #[error("the user was not present")]
    UserNotPresent,
    /// The authenticator did not check who confirmed it, though it had to.
    #[error("the user was not verified")]
    UserNotVerified,
    /// The flags exclude each other (WebAuthn L3, 6.1): backed up yet not eligible for it, or
    /// with a new credential in an assertion, or without one in a registration.
    #[error("the flags contradict each other")]
    Flags,
    /// The credential's eligibility for backups, which never changes, changed.
    #[error("the eligibility for backups changed")]
    BackupEligibility,
    /// The signature counter did not grow: the authenticator may have been cloned.
    #[error("the signature counter did not grow")]
    Counter,
    /// The key is for an algorithm that was not asked for.
    #[error("the key is for another algorithm")]
    Algorithm,
    /// The signature is not one by the credential's key over this answer.
    #[error("the signature is wrong")]
    Signature,
    /// It says that it has no attestation, and then has one (WebAuthn L3, 8.7).
    #[error("the attestation contradicts itself")]
    Attestation,
    /// It is of another credential than the expected one, or of two.
    #[error("the answer is of another credential")]
    WrongCredential,
    /// It is of another user's account than the expected one, or names none where it has to.
    #[error("the answer is of another user")]
    WrongUserHandle,
}
