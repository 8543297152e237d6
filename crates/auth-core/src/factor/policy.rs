//! What a server asks of accounts.

use std::time::Duration;

/// Whether accounts have second factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactor {
    /// Nobody can add one. Whoever has one is asked for it all the same, so that servers of
    /// which one has been told and another has not don't differ in what they protect.
    Off,
    /// Who wants to may add one.
    Optional,
    /// Everybody needs one.
    Required,
}

impl SecondFactor {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Off, Self::Optional, Self::Required];

    /// The form on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }
}

/// The rules for second factors.
#[derive(Clone, Debug)]
pub struct FactorPolicy {
    /// Whether accounts have them.
    pub second_factor: SecondFactor,
    /// How long an account that needs one may be signed in to without, from the first sign-in
    /// that would have needed it.
    pub grace: Duration,
    /// How long a device that its owner trusts is not asked again; zero for always.
    pub trusted_device: Duration,
    /// How long a step of a sign-in, or adding a factor, may take.
    pub step_lifetime: Duration,
    /// Whether people can sign in by a mailed code alone.
    pub mail_codes: bool,
}

impl Default for FactorPolicy {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        const DAY: Duration = Duration::from_secs(86_400);
        Self {
            second_factor: SecondFactor::Optional,
            grace: DAY.saturating_mul(7),
            trusted_device: DAY.saturating_mul(30),
            step_lifetime: MINUTE.saturating_mul(10),
            mail_codes: false,
        }
    }
}
