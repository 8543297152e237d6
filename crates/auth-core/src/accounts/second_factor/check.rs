//! Whether what somebody shows is a second factor of an account.

use serde_json::Value;
use tracing::{error, info};

use super::{Accounts, Factors};
use crate::clock::Timestamp;
use crate::effects::Effects;
use crate::error::AuthError;
use crate::events::{Event, EventKind, SignInMethod};
use crate::factor::{Check, Factor, Held, RecoveryCode, Totp, place};
use crate::limit::{Guess, GuessOf};
use crate::mail::Notice;
use crate::secret::{SecretHash, SecretText};
use crate::session::{Assurance, Device, Method};
use crate::user::ActiveUser;

/// What somebody shows.
#[derive(Clone, Debug)]
pub enum Shown {
    /// A code of an authenticator app.
    Totp(SecretText),
    /// A recovery code.
    RecoveryCode(SecretText),
    /// What a browser says of a passkey: `AuthenticationResponseJSON`.
    Passkey(Value),
    /// A code that was mailed.
    MailCode(SecretText),
    /// The first code of an authenticator app that is to be added.
    AddTotp(SecretText),
}

/// By what it was shown, the most telling last.
pub(super) type ShownBy = Vec<Method>;

impl Accounts {
    /// Checks a second factor, counted as an attempt to sign in is, but on its own: whoever knows
    /// the password gets no more attempts by signing in again.
    ///
    /// # Errors
    /// [`AuthError::InvalidFactor`], or a limit.
    pub(super) async fn check_factor(
        &self,
        user: &ActiveUser,
        held: &Held,
        shown: &Shown,
        challenge: Option<&SecretHash>,
        device: &Device,
    ) -> Result<ShownBy, AuthError> {
        let factors = self.known_factors()?;
        let check = self.try_factor(factors, user, held, shown, challenge);
        self.counted(None, user, device, check).await
    }

    /// Counts a check of something that is asked for beside the first proof, or is that of a
    /// sign-in by this.
    pub(super) async fn counted<T>(
        &self,
        by: Option<SignInMethod>,
        user: &ActiveUser,
        device: &Device,
        check: impl Future<Output = Result<Option<T>, AuthError>>,
    ) -> Result<T, AuthError> {
        let guess = Guess {
            of: GuessOf::Factor,
            by,
            account: &user.id.to_string(),
            user: Some(user),
            device,
        };
        self.counted_as(guess, check).await
    }

    /// Counts a check of something that can be guessed.
    pub(super) async fn counted_as<T>(
        &self,
        guess: Guess<'_>,
        check: impl Future<Output = Result<Option<T>, AuthError>>,
    ) -> Result<T, AuthError> {
        let (user, ip) = (guess.user.map(|user| user.id), guess.device.ip);
        let alone = guess.by.clone();
        let attempt = self.limits.sign_in(guess, self.now()).await?;
        match check.await {
            Ok(Some(shown)) => {
                self.limits.forgive(attempt).await?;
                Ok(shown)
            }
            Ok(None) => {
                self.limits.settle(attempt).await?;
                let event = Event {
                    user,
                    ip: Some(ip),
                    ..EventKind::FactorRefused { alone }.into()
                };
                self.tell(&event);
                Err(AuthError::InvalidFactor)
            }
            Err(fault) => {
                self.limits.refund(attempt).await?;
                Err(fault)
            }
        }
    }

    async fn try_factor(
        &self,
        factors: &Factors,
        user: &ActiveUser,
        held: &Held,
        shown: &Shown,
        challenge: Option<&SecretHash>,
    ) -> Result<Option<ShownBy>, AuthError> {
        match (shown, challenge) {
            (Shown::Totp(code), _) => self.try_totp(factors, user, held, code).await,
            (Shown::RecoveryCode(code), _) => self.try_recovery_code(factors, user, code).await,
            (Shown::Passkey(response), Some(challenge)) => {
                let used = factors.passkeys()?.used(response);
                match used.and_then(|id| held.passkey(&id)) {
                    Some(factor) => {
                        self.try_passkey(factors, user, factor, challenge, response, false)
                            .await
                    }
                    None => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    async fn try_totp(
        &self,
        factors: &Factors,
        user: &ActiveUser,
        held: &Held,
        code: &SecretText,
    ) -> Result<Option<ShownBy>, AuthError> {
        let now = self.now();
        for factor in &held.factors {
            let Check::Totp(seed) = &factor.check else {
                continue;
            };
            let seed = factors.cipher()?.decrypt(seed, &place(user.id, factor.id));
            let seed = seed.map_err(|fault| {
                error!(factor_id = %factor.id, %fault, "a seed can't be read");
                AuthError::Unavailable(fault.into())
            })?;
            let totp = Totp::from_seed(seed.to_vec());
            let Some(step) = totp.matched_step(code.reveal(), now) else {
                continue;
            };
            if factors.store.take_step(factor.id, step, now).await? {
                return Ok(Some(vec![Method::Totp]));
            }
        }
        Ok(None)
    }

    async fn try_recovery_code(
        &self,
        factors: &Factors,
        user: &ActiveUser,
        code: &SecretText,
    ) -> Result<Option<ShownBy>, AuthError> {
        let Some(code) = RecoveryCode::parse(code.reveal()) else {
            return Ok(None);
        };
        let event = Event::from(EventKind::RecoveryCodeUsed).of(user.id);
        let effects = Effects::mail(self.notice(Notice::RecoveryCodeUsed, user));
        let effects = effects.told_by(event.record());
        let hash = code.hash(user.id);
        if !factors
            .store
            .take_recovery_code(user.id, &hash, &effects)
            .await?
        {
            return Ok(None);
        }
        self.tell(&event);
        Ok(Some(vec![Method::RecoveryCode]))
    }

    /// Checks the use of a passkey; `alone` when nothing was shown before it.
    pub(super) async fn try_passkey(
        &self,
        factors: &Factors,
        user: &ActiveUser,
        factor: &Factor,
        challenge: &SecretHash,
        response: &Value,
        alone: bool,
    ) -> Result<Option<ShownBy>, AuthError> {
        let Some(before) = factor.passkey() else {
            return Ok(None);
        };
        let verifier = factors.passkeys()?;
        let asserted =
            match verifier.authenticate(challenge, before, &handle_of(user), response, alone) {
                Ok(asserted) => asserted,
                Err(refused) => {
                    info!(factor_id = %factor.id, %refused, "a passkey was refused");
                    return Ok(None);
                }
            };
        let (store, now) = (&factors.store, self.now());
        let used = store.use_passkey(factor.id, before, &asserted.passkey, now);
        if !used.await? {
            return Ok(None);
        }
        Ok(Some(by_passkey(
            asserted.is_device_bound,
            asserted.user_verified,
        )))
    }
}

/// By what a passkey shows who somebody is.
pub(super) fn by_passkey(is_device_bound: bool, user_verified: bool) -> ShownBy {
    let key = match is_device_bound {
        true => Method::HardwareKey,
        false => Method::SoftwareKey,
    };
    let verified = user_verified.then_some(Method::UserVerification);
    std::iter::once(key).chain(verified).collect()
}

/// What was proven, and now by this too.
pub(super) fn strengthened(before: Assurance, by: &[Method], now: Timestamp) -> Assurance {
    let all = by.iter();
    all.fold(before, |assurance, method| {
        assurance.and_second(*method, now)
    })
}

/// What names an account in a passkey, and tells nothing else of it.
pub(super) fn handle_of(user: &ActiveUser) -> Vec<u8> {
    user.id.as_uuid().as_bytes().to_vec()
}
