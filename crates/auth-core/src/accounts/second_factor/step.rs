//! Whether a sign-in takes one more step, and how it waits for it.

use tracing::debug;

use super::{Accounts, Factors};
use crate::accounts::{Pending, Step};
use crate::error::AuthError;
use crate::factor::{FactorKind, Held, Waiting, WaitingFor, WaitingSignIn};
use crate::id::UserId;
use crate::identity::FlowKey;
use crate::secret::Secret;
use crate::session::Device;
use crate::strategy::{AuthenticationEvent, SchemeId};
use crate::user::ActiveUser;

impl Accounts {
    /// The steps of which a sign-in lacks one; `None` when it lacks none.
    pub(in crate::accounts) async fn missing_step(
        &self,
        user: &ActiveUser,
        proof: &AuthenticationEvent,
        device: &Device,
    ) -> Result<Option<Vec<Step>>, AuthError> {
        let Some(factors) = self.factors.as_deref() else {
            return Ok(None);
        };
        if proof.assurance.second_at().is_some() {
            return Ok(None);
        }
        let held = self.held_in(factors, user.id).await?;
        if held.factors.is_empty() {
            return self.lack(factors, user.id, &held).await;
        }
        if self.is_trusted(factors, user, &held, device) {
            debug!(user_id = %user.id, "the device is trusted");
            return Ok(None);
        }
        Ok(Some(steps_of(factors, &held)))
    }

    /// What an account without a factor lacks: nothing, or one once its grace is over.
    async fn lack(
        &self,
        factors: &Factors,
        user: UserId,
        held: &Held,
    ) -> Result<Option<Vec<Step>>, AuthError> {
        if !factors.is_required_of(held) {
            return Ok(None);
        }
        let now = self.now();
        let since = match held.lacking_since {
            Some(since) => since,
            None => factors.store.note_lack(user, now).await?,
        };
        let is_over = since + factors.policy.grace <= now;
        Ok(is_over.then(|| vec![Step::AddTotp]))
    }

    /// Has a sign-in wait for one of these steps, for the client that began it.
    pub(in crate::accounts) async fn wait_for_factor(
        &self,
        like: SchemeId,
        user: &ActiveUser,
        proof: AuthenticationEvent,
        steps: Vec<Step>,
        device: &Device,
    ) -> Result<Pending, AuthError> {
        let waiting = Waiting {
            sign_in: Some(WaitingSignIn {
                credentials_version: user.credentials_version,
                proof,
                scheme: like.to_string(),
            }),
            ..Waiting::of(WaitingFor::SecondFactor, Some(user.id))
        };
        self.wait(&waiting, steps, device).await
    }

    /// Keeps what waits, for the client that began it.
    pub(super) async fn wait(
        &self,
        waiting: &Waiting,
        steps: Vec<Step>,
        device: &Device,
    ) -> Result<Pending, AuthError> {
        let factors = self.known_factors()?;
        let (handle, client) = (Secret::generate(), client_of(device));
        let client = client.unwrap_or_else(Secret::generate);
        let lifetime = factors.policy.step_lifetime;
        let key = FlowKey::of(&handle, &client);
        factors
            .store
            .wait(&key, waiting, self.now() + lifetime)
            .await?;
        Ok(Pending {
            handle,
            client,
            lifetime,
            steps,
        })
    }
}

/// The secret that what a client has begun is bound to.
pub(super) fn client_of(device: &Device) -> Option<Secret> {
    let flow = device.presents.flow.as_ref()?;
    flow.reveal().parse().ok()
}

/// What can end a sign-in to an account that has factors.
fn steps_of(factors: &Factors, held: &Held) -> Vec<Step> {
    let has = |kind| held.factors.iter().any(|factor| factor.kind() == kind);
    let passkeys = has(FactorKind::Passkey) && factors.passkeys.is_some();
    let steps = [
        (Step::Passkey, passkeys),
        (Step::Totp, has(FactorKind::Totp)),
        (Step::RecoveryCode, held.recovery_codes > 0),
    ];
    let steps = steps.into_iter().filter(|(_, is_there)| *is_there);
    steps.map(|(step, _)| step).collect()
}
