//! Ending a sign-in that takes one more step.

use serde_json::Value;

use super::check::strengthened;
use super::step::client_of;
use super::{Accounts, NewTotp, Shown, TrustCookie};
use crate::accounts::SignInOutcome;
use crate::error::AuthError;
use crate::events::SignInMethod;
use crate::factor::{RecoveryCode, Waiting, WaitingFor, WaitingSignIn};
use crate::identity::FlowKey;
use crate::secret::{Secret, SecretHash};
use crate::session::{Assurance, Device};
use crate::strategy::AuthenticationEvent;
use crate::user::ActiveUser;

/// What somebody brings to end a sign-in.
#[derive(Clone, Debug)]
pub struct FinishSignIn {
    /// The handle of what waits.
    pub handle: String,
    /// What they show.
    pub shown: Shown,
    /// Whether the device need not be asked for a while.
    pub trust_device: bool,
    /// Whether to stay signed in for long, where that was not said before.
    pub remember: bool,
}

/// A sign-in that has taken one more step.
#[derive(Debug)]
pub struct FinishedSignIn {
    /// How it ends: it may take another step.
    pub outcome: SignInOutcome,
    /// The cookie for a device that is trusted from now on.
    pub trust: Option<TrustCookie>,
    /// Recovery codes, where a factor was added on the way.
    pub recovery_codes: Vec<RecoveryCode>,
}

/// What a step takes before it can be taken.
#[derive(Clone, Debug)]
pub enum StepOptions {
    /// What a browser needs to use a passkey: `PublicKeyCredentialRequestOptionsJSON`.
    Passkey(Value),
    /// An authenticator app that is to be added.
    AddTotp(NewTotp),
}

/// What waits, under which key, and what it was given for a challenge.
pub(super) struct Awaited {
    pub(super) key: FlowKey,
    pub(super) handle: Secret,
    pub(super) waiting: Waiting,
    pub(super) challenge: SecretHash,
}

impl Accounts {
    /// Ends a sign-in by what it lacks.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] when nothing waits under the handle for this client,
    /// [`AuthError::InvalidFactor`] when what is shown is wrong, or a limit.
    pub async fn finish_sign_in(
        &self,
        form: FinishSignIn,
        device: &Device,
    ) -> Result<FinishedSignIn, AuthError> {
        let awaited = self.awaited(&form.handle, device).await?;
        match awaited.waiting.waits_for {
            WaitingFor::SecondFactor => self.finish_by_factor(&awaited, form, device).await,
            WaitingFor::Passkey => self.finish_by_passkey(&awaited, form, device).await,
            WaitingFor::MailCode => self.finish_by_mail(&awaited, form, device).await,
            WaitingFor::Totp | WaitingFor::NewPasskey | WaitingFor::Again => {
                Err(AuthError::InvalidToken)
            }
        }
    }

    /// What a step takes before it can be taken: the same each time for one handle.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`], or [`AuthError::InvalidFactor`] when it takes nothing.
    pub async fn step_options(
        &self,
        handle: &str,
        device: &Device,
    ) -> Result<StepOptions, AuthError> {
        let factors = self.known_factors()?;
        let awaited = self.awaited(handle, device).await?;
        let (user, _) = self.begun(&awaited.waiting).await?;
        let held = self.held_in(factors, user.id).await?;
        if held.factors.is_empty() {
            let new = self.new_totp(&awaited.handle, &user)?;
            return Ok(StepOptions::AddTotp(new));
        }
        let passkeys = held.passkeys();
        if passkeys.is_empty() {
            return Err(AuthError::InvalidFactor);
        }
        let options = factors
            .passkeys()?
            .request_options(&awaited.challenge, &passkeys);
        Ok(StepOptions::Passkey(options))
    }

    /// What waits under a handle for this client. Only what waits for nobody counts, as with
    /// codes of hand-overs.
    pub(super) async fn awaited(
        &self,
        handle: &str,
        device: &Device,
    ) -> Result<Awaited, AuthError> {
        if let Some(awaited) = self.find_awaited(handle, device).await? {
            return Ok(awaited);
        }
        let attempt = self.limits.token(device.ip, self.now()).await?;
        let refused = Err(AuthError::InvalidToken);
        let ip = device.ip;
        self.limits.conclude("factor", ip, attempt, refused).await
    }

    async fn find_awaited(
        &self,
        handle: &str,
        device: &Device,
    ) -> Result<Option<Awaited>, AuthError> {
        let (Ok(handle), Some(client)) = (handle.parse::<Secret>(), client_of(device)) else {
            return Ok(None);
        };
        let key = FlowKey::of(&handle, &client);
        let store = &self.known_factors()?.store;
        let waiting = store.waiting(&key, self.now()).await?;
        Ok(waiting.map(|waiting| Awaited {
            key,
            challenge: challenge(&handle, &client),
            handle,
            waiting,
        }))
    }

    /// Whose sign-in has begun, while nothing has changed about the account.
    async fn begun<'a>(
        &self,
        waiting: &'a Waiting,
    ) -> Result<(ActiveUser, &'a WaitingSignIn), AuthError> {
        let begun = waiting.user.zip(waiting.sign_in.as_ref());
        let (user, begun) = begun.ok_or(AuthError::InvalidToken)?;
        let user = self.stores.users.find(user).await?;
        let version = begun.credentials_version;
        let user = user.and_then(|user| ActiveUser::under(user, version));
        Ok((user.ok_or(AuthError::InvalidToken)?, begun))
    }

    async fn finish_by_factor(
        &self,
        awaited: &Awaited,
        form: FinishSignIn,
        device: &Device,
    ) -> Result<FinishedSignIn, AuthError> {
        let factors = self.known_factors()?;
        let (user, begun) = self.begun(&awaited.waiting).await?;
        let held = self.held_in(factors, user.id).await?;
        let (by, recovery_codes) = match &form.shown {
            Shown::AddTotp(code) => {
                self.add_on_the_way(awaited, &user, &held, code, device)
                    .await?
            }
            shown => {
                let challenge = Some(&awaited.challenge);
                let by = self
                    .check_factor(&user, &held, shown, challenge, device)
                    .await?;
                self.end_wait(&awaited.key).await?;
                (by, vec![])
            }
        };
        // Whoever still has a factor has not lost it.
        self.keep_factors(&user, &held).await?;
        let proof = AuthenticationEvent {
            assurance: strengthened(begun.proof.assurance, &by, self.now()),
            ..begun.proof
        };
        let like = self.strategy.named(&begun.scheme);
        let outcome = self.enter_like(like, &user, proof, device).await?;
        let outcome = self
            .of_a_live_identity(outcome, &user, proof, device)
            .await?;
        let trust = match form.trust_device && recovery_codes.is_empty() {
            true => self.trust(factors, &user, &held),
            false => None,
        };
        Ok(FinishedSignIn {
            outcome,
            trust,
            recovery_codes,
        })
    }

    /// Ends the wait under a key, for exactly one.
    pub(super) async fn end_wait(&self, key: &FlowKey) -> Result<(), AuthError> {
        match self.known_factors()?.store.take(key, self.now()).await? {
            true => Ok(()),
            false => Err(AuthError::InvalidToken),
        }
    }

    /// Signs somebody in by what takes the place of a password.
    pub(super) async fn finish_without_password(
        &self,
        user: &ActiveUser,
        assurance: Assurance,
        remember: bool,
        device: &Device,
    ) -> Result<FinishedSignIn, AuthError> {
        let proof = AuthenticationEvent {
            at: self.now(),
            remember,
            identity: None,
            assurance,
        };
        let outcome = self.enter(user, proof, device).await?;
        self.tell_entered(&outcome, user, SignInMethod::of(assurance), device);
        Ok(FinishedSignIn {
            outcome,
            trust: None,
            recovery_codes: vec![],
        })
    }
}

/// What a browser has to sign: it derives from what the client alone has, and works as long as
/// that.
pub(super) fn challenge(handle: &Secret, client: &Secret) -> SecretHash {
    handle.joined_with(client, "passkey").hash()
}
